"""Plays a scenario on the exchange's clock: each step at its moment, at any speed.

Whoever plays drives time as a feed does: where time moves in steps, it does not go on before a step
is done; where it runs as fast as events come, it does not run past one.
"""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from heapq import heapify, heappop, heappush
from itertools import count

import structlog

from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.service.scenarios.acting import (
    CannotBe,
    Stage,
    perform,
    price_on_the_way,
    set_price,
)
from hypersim.service.scenarios.watching import Planned, State, watch
from hypersim.service.scenarios.words import (
    After,
    GiveMoney,
    Release,
    Scenario,
    SetDepth,
    SetPrice,
    SetQuote,
    Step,
    duration_ms,
)

MOVE_MS = 1_000
"""A price that takes its time moves so often."""

MOVES_MAX = 600
"""A price that takes long moves less often than that."""

log = structlog.get_logger(__name__)


class ScenarioRunning(Exception):
    """Another one is not over."""


_Due = list[tuple[int, int, "Planned | _Move"]]


class _Move:
    """A price that is on its way."""

    __slots__ = ("owner", "price", "symbol")

    def __init__(self, owner: Planned, symbol: str, price: Decimal) -> None:
        self.owner = owner
        self.symbol = symbol
        self.price = price


class Player:
    """Plays one scenario after the other."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._tasks: set[asyncio.Task[None]] = set()
        self._moving: dict[str, Planned] = {}
        """By symbol, the step whose price is on its way."""
        self._numbers = count()
        self._due: _Due = []
        self.name = ""
        self.began_ms = 0
        self.steps: list[Planned] = []

    @property
    def is_playing(self) -> bool:
        """Whether anything is still to come."""
        return bool(self._tasks)

    @property
    def held(self) -> list[str]:
        """Symbols of which the feed is not listened to."""
        return sorted(self._stage.held)

    def play(self, scenario: Scenario) -> None:
        """Begin now. Raises ScenarioRunning, and CannotBe where a step is of a symbol that is not
        there."""
        if self.is_playing:
            raise ScenarioRunning(f"The scenario {self.name!r} is not over; end it first")
        for number, step in enumerate(scenario.steps):
            self._check(number, step)
        self._plan(scenario, self._stage.engine.clock.now_ms())
        self._begin()

    def _plan(self, scenario: Scenario, begin_ms: int) -> None:
        self.name, self.began_ms = scenario.name, begin_ms
        self.steps = [Planned(step, step.due_ms(begin_ms)) for step in scenario.steps]
        self._due = [
            (one.due_ms, next(self._numbers), one) for one in self.steps if one.due_ms is not None
        ]
        self._moving.clear()

    def _begin(self) -> None:
        heapify(self._due)
        self._start(self._play(self._due))
        waiting = [one for one in self.steps if isinstance(one.step.after, After)]
        if waiting:
            self._start(watch(self._stage, waiting, self._happened))

    def _happened(self, planned: Planned, due_ms: int) -> None:
        """What a step waited for."""
        planned.due_ms = due_ms
        self._start(self._play([(due_ms, next(self._numbers), planned)]))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def resume(self, scenario: Scenario, began_ms: int) -> None:
        """Go on with one that began then: what was due by now has happened, and what was set still
        stands. Before the feed begins to flow."""
        now_ms = self._stage.engine.clock.now_ms()
        self._plan(scenario, began_ms)
        past = sorted((due for due in self._due if due[0] <= now_ms), key=lambda due: due[:2])
        self._due = [due for due in self._due if due[0] > now_ms]
        for due_ms, _, planned in past:
            assert isinstance(planned, Planned)
            self._recall(planned, due_ms)
        self._begin()

    async def end(self) -> None:
        """Nothing more happens, and the feed is listened to again."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._stage.held.clear()

    def _recall(self, planned: Planned, due_ms: int) -> None:
        """What a step that has happened has left behind."""
        action = planned.step.action
        planned.state = State.DONE
        if not isinstance(action, SetPrice | SetQuote | SetDepth | Release):
            return
        try:
            symbol = self._stage.symbol(action.symbol)
            self._moving.pop(symbol, None)
            self._stage.held.discard(symbol)
            if not isinstance(action, Release):
                self._stage.held.add(symbol)
            if isinstance(action, SetPrice):
                over_ms = duration_ms("over", action.over)
                self._set_out(planned, action, (due_ms, over_ms), self._due)
        except CannotBe as error:
            planned.state, planned.reason = State.FAILED, str(error)

    def _check(self, number: int, step: Step) -> None:
        action, after = step.action, step.after
        named = {} if isinstance(action, GiveMoney) else {step.kind: action.symbol}
        if isinstance(after, After) and isinstance(after.symbol, str):
            named["after"] = after.symbol
        for key, symbol in named.items():
            try:
                self._stage.symbol(symbol)
            except CannotBe as error:
                raise CannotBe(f"steps[{number}].{key}.symbol: {error}") from None

    async def _play(self, plan: _Due) -> None:
        clock = self._stage.engine.clock
        while plan:
            await clock.sleep_until(plan[0][0])
            due_ms, _, due = heappop(plan)
            try:
                await self._do(due, due_ms, plan)
            except RecordLost:
                # The engine ends with it, and says so.
                return

    async def _do(self, due: Planned | _Move, due_ms: int, plan: _Due) -> None:
        owner = due if isinstance(due, Planned) else due.owner
        try:
            if isinstance(due, _Move):
                if self._moving.get(due.symbol) is owner:
                    await set_price(self._stage, due.symbol, due.price)
            else:
                await self._take(due, due_ms, plan)
                due.state = State.DONE
        except (ValueError, RecordUnavailable) as error:
            owner.state, owner.reason = State.FAILED, str(error)
            log.warning(
                "a step of the scenario could not be taken",
                scenario=self.name,
                due_ms=owner.due_ms,
                action=owner.step.kind,
                reason=str(error),
            )

    async def _take(self, planned: Planned, due_ms: int, plan: _Due) -> None:
        action = planned.step.action
        if planned.step.kind in ("price", "quote", "depth", "release"):
            assert not isinstance(action, GiveMoney)
            # The last word on a symbol counts.
            self._moving.pop(self._stage.symbol(action.symbol), None)
        if isinstance(action, SetPrice) and (over_ms := duration_ms("over", action.over)):
            self._set_out(planned, action, (due_ms, over_ms), plan)
        else:
            await perform(self._stage, action, due_ms)

    def _set_out(
        self, planned: Planned, action: SetPrice, when: tuple[int, int], plan: _Due
    ) -> None:
        """Plan the prices between this one and the one that is wanted."""
        due_ms, over_ms = when
        instrument = self._stage.instrument(action.symbol)
        symbol, wanted = instrument.symbol, Decimal(action.to)
        start = self._stage.engine.view.markets[symbol].last_price
        if start is None:
            raise CannotBe(f"{symbol} has no price to go from; set one first")
        self._moving[symbol] = planned
        self._stage.held.add(symbol)
        moves = max(1, min(over_ms // MOVE_MS, MOVES_MAX))
        times = [due_ms + over_ms * number // moves for number in range(1, moves + 1)]
        # After a restart a part of the way is behind it.
        times = [time_ms for time_ms in times if time_ms > self._stage.engine.clock.now_ms()]
        for number, time_ms in enumerate(times, 1):
            share = Decimal(number) / len(times)
            price = price_on_the_way(instrument, start, wanted, share)
            move = _Move(planned, symbol, wanted if time_ms == times[-1] else price)
            heappush(plan, (time_ms, next(self._numbers), move))
