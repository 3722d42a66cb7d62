"""What is due on the exchange's time, in its order."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

import structlog

from hypersim.service.lending import Lending
from hypersim.service.waking import wake

log = structlog.get_logger(__name__)


class Alarm:
    """Something that is done once, at its time, unless it is canceled before."""

    __slots__ = ("_act", "due_ms")

    def __init__(self, due_ms: int, act: Callable[[], object]) -> None:
        self.due_ms = due_ms
        self._act: Callable[[], object] | None = act

    @property
    def is_over(self) -> bool:
        """Whether it has rung or was canceled."""
        return self._act is None

    def cancel(self) -> None:
        """It does not ring any more."""
        self._act = None

    def ring(self) -> None:
        """Called by the clock only. A bug in one thing is no reason for others not to be done."""
        act, self._act = self._act, None
        try:
            if act is not None:
                act()
        except Exception:
            log.exception("what was due could not be done", due_ms=self.due_ms)


class Alarms:
    """Those that are to come; of one moment the first that was set rings first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Alarm]] = []
        self._numbers = count()

    def add(self, due_ms: int, act: Callable[[], object]) -> Alarm:
        """Set one."""
        alarm = Alarm(due_ms, act)
        heappush(self._heap, (due_ms, next(self._numbers), alarm))
        return alarm

    def next_ms(self) -> int | None:
        """When the next one rings, if any is set."""
        heap = self._heap
        while heap and heap[0][2].is_over:
            heappop(heap)
        return heap[0][0] if heap else None

    def take(self, until_ms: int) -> Alarm | None:
        """The next one that is due by then."""
        due_ms = self.next_ms()
        return heappop(self._heap)[2] if due_ms is not None and due_ms <= until_ms else None


class RingingClock(ABC):
    """Rings each alarm in its time. Time passes by the wall's clock, or not by itself: then whoever
    moves it rings."""

    def __init__(self) -> None:
        self.lending = Lending()
        self.leeway_ms = 0
        self.waiting = 0
        self._alarms = Alarms()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ms = 0
        """What the timer is for."""

    @abstractmethod
    def now_ms(self) -> int:
        """See `Clock`."""

    @abstractmethod
    def _wall_s(self, due_ms: int) -> float | None:
        """How long that takes on the wall's clock; None where time does not pass by itself."""

    def at(self, time_ms: int, act: Callable[[], object]) -> Alarm:
        """See `Clock`."""
        alarm = self._alarms.add(time_ms, act)
        if self._timer is None or time_ms < self._timer_ms:
            self._set_timer()
        return alarm

    async def wait_until(self, time_ms: int) -> None:
        """See `Clock`."""
        if time_ms <= self.now_ms():
            return
        woken = asyncio.get_running_loop().create_future()
        alarm = self.at(time_ms, lambda: wake(woken))
        self.waiting += 1
        try:
            await woken
        finally:
            self.waiting -= 1
            alarm.cancel()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ms = self._alarms.next_ms()
        wall_s = None if due_ms is None else self._wall_s(due_ms)
        if due_ms is not None and wall_s is not None:
            self._timer_ms = due_ms
            # This is where the exchange's time is made of the wall's.
            self._timer = asyncio.get_running_loop().call_later(wall_s, self._ring)

    def _ring(self) -> None:
        """Those that are due by now, and again when the next one is."""
        self._timer = None
        while (alarm := self._alarms.take(self.now_ms())) is not None:
            alarm.ring()
        self._set_timer()
