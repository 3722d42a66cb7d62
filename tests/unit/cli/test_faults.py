"""`hypersim fault`: what goes wrong is armed, listed and cleared."""

import json

from tests.unit.cli.conftest import Terminal


def test_faults_are_armed_listed_and_cleared(terminal: Terminal) -> None:
    assert terminal.output("fault", "arm", "drop", "--match", '{"nth": 3}').split() == ["id", "1"]
    ids = terminal.output("fault", "arm", "--preset", "maintenance-window").split()
    assert ids[::2] == ["id"] * (len(ids) // 2)
    listed = terminal.output("fault", "list")
    assert '{"drop": true}' in listed
    assert '{"maintenance": true}' in listed
    assert terminal.output("fault", "clear", "1").split() == ["cleared", "1"]
    told = json.loads(terminal.output("fault", "list", "--json"))
    assert [fault["id"] for fault in told["faults"]] == ids[1::2]
    assert terminal.output("fault", "clear").split() == ["cleared", str(len(told["faults"]))]


def test_what_is_wrong_ends_with_2(terminal: Terminal) -> None:
    for wrong in (
        [],
        ["drip"],
        ["drop", "--preset", "nightmare"],
        ["--preset", "daymare"],
        ["{}"],
        ["drop", "--match", "[]"],
        ["{broken"],
    ):
        assert terminal.run("fault", "arm", *wrong).exit_code == 2, wrong
