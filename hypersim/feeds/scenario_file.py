"""A scenario in a file, with the candles that it names."""

from pathlib import Path

from msgspec import UNSET
from msgspec.structs import replace

from hypersim.feeds.given_past import check_candles, lines_of
from hypersim.service.feed import FeedUnavailable
from hypersim.service.scenarios.reading import InvalidScenario, read_scenario, wrong_at
from hypersim.service.scenarios.words import Scenario


def load_scenario(file: Path) -> Scenario:
    """Raises InvalidScenario that names line and key."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidScenario(f"cannot read it: {error}") from None
    scenario = read_scenario(text)
    for key, history in scenario.histories.items():
        source = history.csv if history.is_text else file.parent / history.csv
        try:
            check_candles(source, history.symbol, history.interval)
        except FeedUnavailable as error:
            raise wrong_at(text, f"{key}.csv", str(error)) from None
    return scenario


def carrying_its_candles(scenario: Scenario, folder: Path) -> Scenario:
    """The same with the lines of the files that it names, for who cannot read them."""
    told = tuple(
        one
        if one.is_text
        else replace(one, csv=lines_of(folder / one.csv, one.symbol, one.interval))
        for one in scenario.histories.values()
    )
    return replace(scenario, history=told or UNSET)
