"""A bot is driven once, or by many seeds until it fails, and then by fewer and fewer faults."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hypersim.cli.drive.drives import Drives, Files
from hypersim.cli.drive.driving import Ended, Look
from hypersim.cli.drive.faults import Fault, faults_of
from hypersim.cli.drive.seeds import SEEDS_MAX, seeds_of
from hypersim.cli.run.options import Wanted
from hypersim.faults.presets import presets
from tests.unit.cli.conftest import Terminal

DELAY, DROP, LOSE = ({"do": do} for do in ({"delayMs": 5}, {"drop": True}, {"dropAfter": True}))
WANTED = Wanted(["bot", "a b"], 60.0, None, 60_000, {"USDT": "5"}, 0)


def ended(status: int = 0, **verdicts: str) -> Ended:
    """What is said of one client."""
    rules: list[dict[str, Any]] = [
        {"rule": rule, "verdict": verdict, "findings": []} for rule, verdict in verdicts.items()
    ]
    return Ended(status, [{"key": "k", "user": "u", "requests": 1, "rules": rules}])


class Bots:
    """Fails by `double_submit` from seed 3 on where an answer is lost and late; where it is only
    late, in another way."""

    def __init__(self) -> None:
        self.driven: list[tuple[int | None, list[Fault]]] = []

    def drive(self, wanted: Wanted, seed: int | None, faults: Sequence[Fault], look: Look) -> Ended:
        assert wanted is WANTED
        assert callable(look)
        self.driven.append((seed, list(faults)))
        if seed is not None and seed < 3:
            return ended(double_submit="pass")
        if LOSE in faults and DELAY in faults:
            return ended(double_submit="fail", clock_skew="warn")
        return ended(7 if DELAY in faults else 0, double_submit="pass")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_seed_that_fails_is_told_with_the_fewest_faults(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bots = Bots()
    drives = Drives(WANTED, Files(), bots.drive)
    assert drives.many(range(1, 51), [DELAY, DROP, DROP, LOSE]) == 1
    assert [seed for seed, _ in bots.driven[:3]] == [1, 2, 3]
    assert {seed for seed, _ in bots.driven[3:]} == {3}
    kept = here / "faults-of-seed-3.json"
    assert faults_of("", kept) == [DELAY, LOSE]
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["seed 1: passed", "seed 2: passed", "seed 3: failed: double_submit"]
    assert lines[-1] == (
        "again: hypersim drive --seed 3 --faults faults-of-seed-3.json --speed 60 --for 60000ms "
        "--balance USDT=5 -- bot 'a b'"
    )


def test_seeds_that_all_pass_are_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert Drives(WANTED, Files(), Bots().drive).many(range(1, 3), [LOSE]) == 0
    assert "all of 2 seeds passed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (ended(double_submit="pass"), 0),
        (ended(polls_streamed_data="warn"), 0),
        (ended(double_submit="fail"), 1),
        (ended(7, double_submit="fail"), 1),
        (ended(7, double_submit="pass"), 7),
        (Ended(0, []), 0),
    ],
)
def test_a_drive_ends_with_1_where_a_rule_failed_else_as_the_bot(
    outcome: Ended, status: int
) -> None:
    assert Drives(WANTED, Files(), lambda *_: outcome).once(7, [DROP]) == status


def test_a_failure_is_like_another_where_the_same_rule_was_broken() -> None:
    lost, polled = ended(double_submit="fail", fill_unseen="fail"), ended(fill_unseen="fail")
    crashed = ended(7)
    assert polled.is_like(lost)
    assert not ended(double_submit="fail").is_like(polled)
    assert ended(9).is_like(crashed)
    assert not ended().is_like(crashed)
    assert not crashed.is_like(lost)


def test_what_was_found_is_printed_whole_with_its_requests(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "an order was sent again, " + "and again, " * 20
    finding = {"timestamp": 1, "text": text, "orders": [1, 2], "requests": [8, 9]}
    rule = {"rule": "double_submit", "verdict": "fail", "findings": [finding] * 25}
    outcome = Ended(0, [{"key": "k", "user": "u", "requests": 9, "rules": [rule]}])
    Drives(WANTED, Files(), lambda *_: outcome).once(7, [DROP])
    lines = capsys.readouterr().out.splitlines()
    assert lines.count(f"double_submit: {text} (requests 8, 9)") == 20
    assert lines[-2:] == ["double_submit: 5 more", "drive: failed: double_submit"]


def test_a_bot_that_cannot_be_started_is_not_looked_into() -> None:
    drives = Drives(WANTED, Files(), lambda *_: Ended(127, []))
    assert drives.many(range(1, 9), [DROP]) == 127


@pytest.mark.parametrize("name", presets())
def test_every_preset_can_be_driven_under(name: str, here: Path) -> None:
    faults = faults_of(name, None)
    assert faults
    path = here / "list"
    path.write_text(json.dumps(faults))
    assert faults_of("", path) == faults


def test_seeds_are_the_first_and_the_last() -> None:
    assert seeds_of("1-50") == range(1, 51)
    assert seeds_of("7-7") == range(7, 8)
    for wrong in ("", "5", "5-4", "a-b", "1-2-3", "-1-2", f"1-{SEEDS_MAX + 1}", "1 - 2"):
        assert seeds_of(wrong) is None


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--preset", "no-such", "--", "true"), "nightmare"),
        (("--preset", "nightmare", "--faults", "x", "--", "true"), "--faults"),
        (("--faults", "no-such-file", "--", "true"), "no-such-file"),
        (("--faults", "wrong.json", "--", "true"), "JSON list"),
        (("--seeds", "5", "--", "true"), "--seeds"),
        (("--seeds", "1-5", "--seed", "3", "--", "true"), "--seed"),
        (("--seeds", "1-5", "--golden", "g", "--", "true"), "--golden"),
        (("--junit", "no-such-dir/x.xml", "--", "true"), "no-such-dir"),
        (("--for", "soon", "--", "true"), "--for"),
        (("--speed", "0", "--", "true"), "--speed"),
        (("--start", "yesterday", "--", "true"), "yesterday"),
    ],
)
def test_what_cannot_be_is_refused(
    terminal: Terminal, here: Path, arguments: tuple[str, ...], named: str
) -> None:
    (here / "wrong.json").write_text('{"do": {"drop": true}}')
    refused = terminal.run("drive", *arguments)
    assert refused.exit_code == 2, refused.output
    assert named in refused.stderr
