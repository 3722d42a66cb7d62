"""What a scenario says of the run that is started with it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from hypersim.bootstrap.chance import DEFAULT_SEED, seed_of
from hypersim.bootstrap.scenario import scenario_in, with_seed_of_scenario
from hypersim.settings import Settings, SettingsError

STEPS = "steps:\n  - {at: 1s, halt: {symbol: BTC/USDT}}\n"
HISTORY = "history: {symbol: BTC/USDT, interval: 1m, csv: candles.csv}\n"


@pytest.mark.parametrize(
    ("of_scenario", "of_run", "seed", "said"),
    [
        (None, None, DEFAULT_SEED, []),
        (11, None, 11, []),
        (11, 11, 11, []),
        (None, 3, 3, []),
        (11, 3, 3, ["the seed is 3 as --seed says, not 11 as the scenario does"]),
        (11, DEFAULT_SEED, 7, ["the seed is 7 as --seed says, not 11 as the scenario does"]),
    ],
)
def test_the_seed_is_the_scenarios_unless_the_run_has_another(
    of_scenario: int | None, of_run: int | None, seed: int, said: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "story.yaml"
    line = "" if of_scenario is None else f"seed: {of_scenario}\n"
    file.write_text(f"name: n\n{line}{STEPS}")
    told: list[str] = []
    settings = with_seed_of_scenario(Settings(seed=of_run, scenario=file), told.append)
    assert seed_of(settings) == seed
    assert told == said


def test_without_a_scenario_nothing_is_said() -> None:
    settings = Settings()
    assert with_seed_of_scenario(settings, pytest.fail) == settings


def test_what_cannot_be_ends_the_start_with_one_line_that_names_the_place(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(f"name: n\n{HISTORY}{STEPS}")
    settings = Settings(feed="manual", scenario=file)
    with pytest.raises(SettingsError, match=r"story.yaml: line 2: history.csv: cannot read"):
        scenario_in(settings)
    (tmp_path / "candles.csv").write_text("1,2,3\n")
    with pytest.raises(SettingsError, match=r"line 2: history.csv: replay: candles.csv is no dump"):
        scenario_in(settings)
    row = "1640995200000,100,110,90,105,8,1640995259999,800,7,4,400,0\n"
    (tmp_path / "candles.csv").write_text(row)
    assert scenario_in(settings) is not None
    with pytest.raises(SettingsError, match=r"the feed 'synthetic' tells of its own past"):
        with_seed_of_scenario(replace(settings, feed="synthetic"), pytest.fail)
