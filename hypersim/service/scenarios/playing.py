"""Scenarios are played one after the other."""

from pathlib import Path

from hypersim.service.record import Moment
from hypersim.service.scenarios.actions import ArmFault, ClearFaults, GiveMoney
from hypersim.service.scenarios.before import give_past
from hypersim.service.scenarios.performance import Performance
from hypersim.service.scenarios.planning import Blank, Diary, Played
from hypersim.service.scenarios.stage import CannotBe, Stage
from hypersim.service.scenarios.words import After, Scenario


class ScenarioRunning(Exception):
    """Another one is not over."""


class Player:
    """Plays one scenario at a time. What it has set and armed stands until it is released and
    cleared, or until the scenario is ended or another one begins."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self._stage = stage
        self._seed = seed
        """The run's, from its start on."""
        self._performance: Performance | None = None
        self._is_beginning = False

    @property
    def performance(self) -> Performance | None:
        """The last one that was begun."""
        return self._performance

    @property
    def is_playing(self) -> bool:
        """Whether anything is still to come."""
        performance = self._performance
        return self._is_beginning or (performance is not None and not performance.is_over)

    @property
    def held(self) -> list[str]:
        """Symbols of which the feed is not listened to."""
        return self._stage.held.symbols

    async def play(
        self, scenario: Scenario, folder: Path | None = None, diary: Diary | None = None
    ) -> None:
        """Begin now; files that it names are in the folder. Raises ScenarioRunning, and CannotBe,
        whose `key` is where, if it is of what cannot be here."""
        if self.is_playing:
            raise ScenarioRunning("Another scenario is not over; end it first")
        self._check(scenario)
        self._is_beginning = True
        try:
            now_ms = self._stage.engine.clock.now_ms()
            for key, history in scenario.histories.items():
                await give_past(self._stage, key, history, folder, now_ms)
            await self._let_go()
            counters = self._stage.engine.exchange.state.counters
            numbers = counters.order_id, counters.trade_id, counters.seq
            diary = diary or Blank()
            beginning = Moment(now_ms, *numbers)
            diary.begin(beginning)
            self._performance = Performance(self._stage, scenario, beginning, diary)
            await self._performance.begin()
        finally:
            self._is_beginning = False

    async def resume(self, scenario: Scenario, played: Played, diary: Diary) -> None:
        """Go on with one that began before a restart. Before the feed begins to flow, with tables
        that show the whole record."""
        self._performance = Performance(self._stage, scenario, played.beginning, diary)
        await self._performance.resume(played)

    async def end(self) -> None:
        """Nothing more happens, what it armed is cleared, and the feed is listened to again."""
        await self.stop()
        await self._let_go()

    async def stop(self) -> None:
        """Nothing more happens."""
        if self._performance is not None:
            await self._performance.end()

    async def _let_go(self) -> None:
        self._stage.held.release_all(self._stage.engine.clock.now_ms())
        await self._stage.troubles.clear()

    def _check(self, scenario: Scenario) -> None:
        """Before anything happens: what can be known by now to be wrong. Raises CannotBe."""
        if isinstance(scenario.seed, int) and scenario.seed != self._seed:
            raise CannotBe(
                f"this exchange runs with the seed {self._seed} from its start on; leave it out, "
                f"or start with --seed {scenario.seed}",
                "seed",
            )
        for key, symbol in _symbols_in(scenario).items():
            try:
                self._stage.symbol(symbol)
            except CannotBe as error:
                raise CannotBe(str(error), key) from None


def _symbols_in(scenario: Scenario) -> dict[str, str]:
    """By the key under which each stands."""
    found = {f"{key}.symbol": one.symbol for key, one in scenario.histories.items()}
    for number, step in enumerate(scenario.steps):
        action, after = step.action, step.after
        match action:
            case GiveMoney() | ClearFaults():
                pass
            case ArmFault():
                if action.match.symbol is not None:
                    found[f"steps[{number}].fault.match.symbol"] = action.match.symbol
            case _:
                found[f"steps[{number}].{step.kind}.symbol"] = action.symbol
        if isinstance(after, After) and isinstance(after.symbol, str):
            found[f"steps[{number}].after.symbol"] = after.symbol
    return found
