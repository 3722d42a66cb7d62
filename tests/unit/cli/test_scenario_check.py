"""`hypersim scenario check` says whether a file can be played, and what is wrong in which line."""

import json
from pathlib import Path

from typer.testing import CliRunner

from hypersim.cli import app

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
