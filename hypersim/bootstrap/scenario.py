"""The scenario that a server is started with."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from hypersim.bootstrap.chance import seed_of
from hypersim.bootstrap.record import is_shown
from hypersim.feeds.given_past import GivenPast
from hypersim.feeds.scenario_file import load_scenario
from hypersim.service.feed import FROM_THE_BEGINNING, FeedPosition
from hypersim.service.scenarios.playing import Player
from hypersim.service.scenarios.reading import InvalidScenario, wrong_at
from hypersim.service.scenarios.stage import CannotBe, Stage
from hypersim.service.scenarios.words import Scenario
from hypersim.settings import Settings, SettingsError
from hypersim.storage.kept_scenario import KeptScenario
from hypersim.storage.projection.progress import Progress


def scenario_in(settings: Settings) -> Scenario | None:
    """The scenario of `--scenario`. Raises SettingsError that names the line."""
    return None if settings.scenario is None else _loaded(settings.scenario)


@cache
def _loaded(file: Path) -> Scenario:
    """Read once: the candles that it names may be many."""
    try:
        return load_scenario(file)
    except InvalidScenario as invalid:
        raise SettingsError(f"--scenario: {file}: {invalid}") from None


def with_seed_of_scenario(settings: Settings, say: Callable[[str], None]) -> Settings:
    """The run's seed is the scenario's, unless the run has one of its own. Raises SettingsError
    where what the scenario says cannot be here."""
    scenario = scenario_in(settings)
    if scenario is not None and scenario.histories and settings.feed != "manual":
        raise SettingsError(
            f"--scenario: {settings.scenario}: it has a history, and the feed {settings.feed!r} "
            "tells of its own past; take --feed manual"
        )
    if scenario is None or not isinstance(scenario.seed, int):
        return settings
    if settings.seed is None:
        return replace(settings, seed=scenario.seed)
    if settings.seed != scenario.seed:
        say(f"the seed is {settings.seed} as --seed says, not {scenario.seed} as the scenario does")
    return settings


def given_past(settings: Settings, root: Path, *, is_new: bool) -> GivenPast | None:
    """What scenarios told of the time before them; None under a feed that tells of its past."""
    return GivenPast(root / "past", is_new=is_new) if settings.feed == "manual" else None


async def player_of(
    settings: Settings, root: Path, stage: Stage, progress: Progress, position: FeedPosition
) -> Player:
    """Who plays scenarios. Before the feed flows, and with a record in which the feed stood there:
    what a scenario that began before a restart has set still stands."""
    player, scenario = Player(stage, seed_of(settings)), scenario_in(settings)
    if scenario is None or position == FROM_THE_BEGINNING:
        return player
    kept = KeptScenario(root, scenario)
    played = kept.played()
    if played is not None:
        await is_shown(progress)
        await player.resume(scenario, played, kept)
        quotes = await stage.archive.last_quotes()
        await stage.prices.restore([quote for quote in quotes if quote.symbol in player.held])
    return player


async def begin_scenario(settings: Settings, root: Path, player: Player) -> None:
    """Once the first prices are there. Raises SettingsError."""
    scenario, file = scenario_in(settings), settings.scenario
    if scenario is None or file is None or player.performance is not None:
        return
    try:
        await player.play(scenario, file.parent, KeptScenario(root, scenario))
    except CannotBe as error:
        wrong = wrong_at(file.read_text(encoding="utf-8"), error.key, str(error))
        raise SettingsError(f"--scenario: {file}: {wrong}") from None
