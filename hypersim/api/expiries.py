"""What ends when its time is over, by the exchange's clock."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from hypersim.service.alarms import Alarm
from hypersim.service.clock import Clock

T = TypeVar("T", bound=Hashable)


class Expiries(Generic[T]):
    """Each thing ends `life_ms` after it was last renewed."""

    def __init__(self, clock: Clock, life_ms: int, end: Callable[[T], object]) -> None:
        self._clock = clock
        self._life_ms = life_ms
        self._end = end
        self._ends_ms: dict[T, int] = {}
        """Those that end first come first."""
        self._alarm: Alarm | None = None

    def renew(self, thing: T) -> None:
        """Its time begins now."""
        self._ends_ms.pop(thing, None)
        self._ends_ms[thing] = self._clock.now_ms() + self._life_ms
        if self._alarm is None:
            self._look_again()

    def forget(self, thing: T) -> None:
        """It has ended otherwise."""
        self._ends_ms.pop(thing, None)

    def is_over(self, thing: T) -> bool:
        """Whether its time is."""
        return self._ends_ms.get(thing, 0) <= self._clock.now_ms()

    def _look_again(self) -> None:
        first_ms = next(iter(self._ends_ms.values()), None)
        self._alarm = None if first_ms is None else self._clock.at(first_ms, self._end_some)

    def _end_some(self) -> None:
        for thing in list(self._ends_ms):
            if not self.is_over(thing):
                break
            self.forget(thing)
            self._end(thing)
        self._look_again()
