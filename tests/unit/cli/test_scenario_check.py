"""`hypersim scenario check` says whether a file can be played, and what is wrong in which line."""

import json
from pathlib import Path

from typer.testing import CliRunner

from hypersim.cli import app
from hypersim.feeds.scenario_file import carrying_its_candles, load_scenario
from tests.support.recordings import zipped
from tests.unit.cli.conftest import Terminal

GOOD = "name: a halt\nsteps:\n  - at: 10s\n    halt: {symbol: BTC/USDT}\n"


def test_a_good_scenario_is_told_to_be_good(tmp_path: Path) -> None:
    file = tmp_path / "halt.yaml"
    file.write_text(GOOD)
    done = CliRunner().invoke(app, ["scenario", "check", str(file)])
    assert (done.exit_code, done.output) == (0, f"{file}: 'a halt' can be played: 1 step\n")


def test_a_wrong_one_ends_with_one_line_that_names_the_place(tmp_path: Path) -> None:
    file = tmp_path / "halt.yaml"
    file.write_text(GOOD.replace("symbol", "simbol"))
    done = CliRunner().invoke(app, ["scenario", "check", str(file)])
    assert done.exit_code == 1
    assert f"{file}: line 4: steps[0].halt.simbol:" in done.output
    assert len(done.output.splitlines()) == 1


def test_candles_that_are_no_good_are_told_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "past.yaml"
    file.write_text(GOOD + "history: {symbol: BTC/USDT, interval: 1m, csv: candles.csv}\n")
    for lines, told in (
        (None, "line 5: history.csv: cannot read"),
        ("x,y\n", "line 5: history.csv: replay: candles.csv is no dump"),
    ):
        if lines is not None:
            (tmp_path / "candles.csv").write_text(lines)
        done = CliRunner().invoke(app, ["scenario", "check", str(file)])
        assert done.exit_code == 1
        assert told in done.output
        assert len(done.output.splitlines()) == 1


def test_a_file_that_is_not_there_ends_with_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["scenario", "check", str(tmp_path / "none.yaml")])
    assert done.exit_code == 1
    assert "cannot read" in done.output


def test_the_schema_is_json() -> None:
    done = CliRunner().invoke(app, ["scenario", "schema"])
    assert "Scenario" in json.loads(done.output)["$defs"]


def test_one_is_played_by_a_running_server_looked_at_and_ended(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "halt.yaml"
    file.write_text(GOOD.replace("at: 10s", "at: 0s") + "  - {at: 1h, resume: {symbol: BTC/USDT}}")
    assert "a halt" in terminal.output("scenario", "run", str(file))
    shown = json.loads(terminal.output("scenario", "show", "--json"))
    assert [one["action"] for one in shown["steps"]] == ["halt", "resume"]
    assert "is not over" in terminal.failure("scenario", "run", str(file))
    assert "playing  no" in terminal.output("scenario", "end")
    wrong = terminal.failure("scenario", "run", str(tmp_path / "none.yaml"))
    assert "cannot read" in wrong


def test_the_candles_of_a_file_are_carried_to_the_server(tmp_path: Path) -> None:
    row = "1640995200000,100,110,90,105,8,1640995259999,800,7,4,400,0"
    zipped(tmp_path / "candles.zip", row)
    file = tmp_path / "past.yaml"
    file.write_text(GOOD + "history: {symbol: BTC/USDT, interval: 1m, csv: candles.zip}\n")
    (history,) = carrying_its_candles(load_scenario(file), tmp_path).histories.values()
    assert history.is_text
    assert history.csv == row + "\n"
