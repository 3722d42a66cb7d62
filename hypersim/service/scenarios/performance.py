"""One scenario on the exchange's clock: each step at its moment, at any speed.

Whoever plays drives time as a feed does: where time moves in steps, it does not go on before a step
is done; where it runs as fast as events come, it does not run past one.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from heapq import heapify, heappop, heappush
from itertools import count

import structlog

from hypersim.service.duration import duration_ms
from hypersim.service.record import Moment, RecordLost, RecordUnavailable
from hypersim.service.scenarios.acting import perform, set_price, was_given
from hypersim.service.scenarios.actions import (
    ArmFault,
    ClearFaults,
    GiveMoney,
    Halt,
    Release,
    Resume,
    SetDepth,
    SetPrice,
    SetQuote,
)
from hypersim.service.scenarios.before import begin_where_past_ends
from hypersim.service.scenarios.moving import Move, moves_of
from hypersim.service.scenarios.planning import Diary, Planned, Played, State, Taken
from hypersim.service.scenarios.stage import Stage
from hypersim.service.scenarios.watching import due_by_record, watch
from hypersim.service.scenarios.words import Scenario

log = structlog.get_logger(__name__)

_Plan = list[tuple[int, int, Planned | Move]]
"""When each is due; of one moment in order."""


class Performance:
    """See the module."""

    def __init__(self, stage: Stage, scenario: Scenario, beginning: Moment, diary: Diary) -> None:
        self.scenario = scenario
        self.beginning = beginning
        self.steps = [
            Planned(number, step, step.due_ms(beginning.time_ms))
            for number, step in enumerate(scenario.steps)
        ]
        self._stage = stage
        self._diary = diary
        self._tasks: set[asyncio.Task[None]] = set()
        self._moving: dict[str, Planned] = {}
        """By symbol, the step whose price is on its way."""
        self._numbers = count()

    @property
    def is_over(self) -> bool:
        """Whether nothing is still to come."""
        return not self._tasks

    async def begin(self) -> None:
        """With all steps."""
        await self._go_on(self._plan(self.steps))

    async def resume(self, played: Played) -> None:
        """With the steps that were not taken before a restart; what others have set still stands.
        Before the feed begins to flow, with tables that show the whole record."""
        left: list[Planned] = []
        for planned in self.steps:
            taken = played.taken.get(planned.number)
            if taken is not None:
                planned.is_over(taken)
            elif await self._was_given(planned):
                planned.is_over(Taken(planned.due_ms or 0))
            else:
                left.append(planned)
        for planned in left:
            if planned.due_ms is None:
                planned.due_ms = await due_by_record(self._stage, planned, self.beginning)
        plan = self._plan(left)
        done = [one for one in self.steps if one.state is State.DONE]
        for planned in sorted(done, key=_place):
            await self._recall(planned, plan)
        await self._go_on(plan)

    async def end(self) -> None:
        """Nothing more happens."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _plan(self, steps: Iterable[Planned]) -> _Plan:
        return [(one.due_ms, next(self._numbers), one) for one in steps if one.due_ms is not None]

    async def _go_on(self, plan: _Plan) -> None:
        waiting = [one for one in self.steps if one.due_ms is None]
        if waiting:
            self._start(watch(self._stage, waiting, self._happened))
        for history in self.scenario.histories.values():
            await begin_where_past_ends(self._stage, history)
        heapify(plan)
        self._start(self._play(plan))

    def _happened(self, planned: Planned, due_ms: int) -> None:
        """What a step waited for."""
        planned.due_ms = due_ms
        self._start(self._play(self._plan([planned])))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, plan: _Plan) -> None:
        clock = self._stage.engine.clock
        while plan:
            await clock.sleep_until(plan[0][0])
            _, _, due = heappop(plan)
            try:
                await self._do(due, plan)
            except RecordLost:
                # The engine ends with it, and says so.
                return

    async def _do(self, due: Planned | Move, plan: _Plan) -> None:
        owner, reason = due if isinstance(due, Planned) else due.owner, ""
        try:
            if isinstance(due, Planned):
                await self._take(due, plan)
            elif self._moving.get(due.symbol) is owner:
                await set_price(self._stage, due.symbol, due.price)
        except (ValueError, RecordUnavailable) as error:
            reason = str(error)
            log.warning(
                "a step of the scenario could not be taken",
                scenario=self.scenario.name,
                due_ms=owner.due_ms,
                action=owner.step.kind,
                reason=reason,
            )
        if reason or isinstance(due, Planned):
            owner.is_over(Taken(owner.due_ms or 0, reason))
            self._diary.took(owner.number, Taken(owner.due_ms or 0, reason))

    async def _take(self, planned: Planned, plan: _Plan) -> None:
        action, due_ms = planned.step.action, planned.due_ms or 0
        if isinstance(action, SetPrice | SetQuote | SetDepth | Release):
            # The last word on a symbol counts.
            self._moving.pop(self._stage.symbol(action.symbol), None)
        if isinstance(action, SetPrice) and duration_ms("over", action.over):
            self._set_out(planned, action, plan)
        else:
            await perform(self._stage, action, due_ms, _name_of(planned))

    def _set_out(self, planned: Planned, action: SetPrice, plan: _Plan) -> None:
        """Plan the prices between this one and the one that is wanted."""
        symbol = self._stage.symbol(action.symbol)
        for move in moves_of(self._stage, planned, action):
            heappush(plan, (move.due_ms, next(self._numbers), move))
        self._moving[symbol] = planned
        self._stage.held.hold(symbol)

    async def _recall(self, planned: Planned, plan: _Plan) -> None:
        """What a step that was taken has left behind."""
        action = planned.step.action
        try:
            if isinstance(action, ArmFault | ClearFaults):
                await perform(self._stage, action, planned.due_ms or 0, _name_of(planned))
            elif isinstance(action, SetPrice | SetQuote | SetDepth | Release):
                self._recall_price(planned, action, plan)
            elif isinstance(action, Halt | Resume) and self._is_last_of_status(planned):
                # A start lists its markets anew, and those are traded.
                await perform(self._stage, action, planned.due_ms or 0, _name_of(planned))
        except ValueError as error:
            planned.is_over(Taken(planned.due_ms or 0, str(error)))

    def _is_last_of_status(self, planned: Planned) -> bool:
        """Whether no later step that was taken halts or resumes the same market."""
        action = planned.step.action
        assert isinstance(action, Halt | Resume)
        place, symbol = _place(planned), self._stage.symbol(action.symbol)
        return not any(
            _place(other) > place
            and isinstance(other.step.action, Halt | Resume)
            and self._stage.symbol(other.step.action.symbol) == symbol
            for other in self.steps
            if other.state is State.DONE
        )

    def _recall_price(
        self, planned: Planned, action: SetPrice | SetQuote | SetDepth | Release, plan: _Plan
    ) -> None:
        symbol = self._stage.symbol(action.symbol)
        self._moving.pop(symbol, None)
        if isinstance(action, Release):
            self._stage.held.release(symbol, planned.due_ms or 0)
            return
        self._stage.held.hold(symbol)
        if isinstance(action, SetPrice) and duration_ms("over", action.over):
            self._set_out(planned, action, plan)

    async def _was_given(self, planned: Planned) -> bool:
        """Whether money of a step is there: a kill may have come before the diary said so."""
        action = planned.step.action
        return isinstance(action, GiveMoney) and await was_given(
            self._stage, action, _name_of(planned), self.beginning.time_ms
        )


def _place(planned: Planned) -> tuple[int, int]:
    return planned.due_ms or 0, planned.number


def _name_of(planned: Planned) -> str:
    """What the ledger calls it."""
    return f"scenario, step {planned.number + 1}"
