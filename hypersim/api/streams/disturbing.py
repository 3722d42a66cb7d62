"""The last step of a push before its socket: what goes wrong on the way, where faults are armed.

transaction or market event → the dialect's words, for the audience → faults → socket

Nothing else here knows of faults but the host of the sockets, which looks at those that are open.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, assert_never
from weakref import WeakKeyDictionary

from hypersim.api.sockets.socket import OUTBOX_FRAMES_MAX, Frame, Socket
from hypersim.faults import Cross, Cut, Freeze, Later, Lose, PushEffect, Repeat, Swap
from hypersim.service.armed import Pushed
from hypersim.service.clock import Clock
from hypersim.service.faults import Faults

SWAPPED_MS_MAX = 1_000
"""Of the exchange's time: a push that comes after the next one does not wait longer for it."""


class Passing(NamedTuple):
    """A frame on its way to a socket, to be told so many times, so much later or after the next
    one, if it `is_wanted` then still. `crossed` is the frame with its bids above its asks; who
    watches has `noticed` whether it came to its socket."""

    socket: Socket
    frame: Frame
    crossed: Callable[[], Frame] | None = None
    is_wanted: Callable[[], bool] = lambda: True
    times: int = 1
    delay_ms: int | None = None
    is_swapped: bool = False
    noticed: Callable[[bool], object] | None = None

    def suffered(self, effect: PushEffect) -> "Passing":
        """After this happened to it."""
        match effect:
            case Lose():
                return self._replace(times=0)
            case Repeat():
                return self._replace(times=2 * self.times)
            case Swap():
                return self._replace(is_swapped=True)
            case Later(ms):
                return self._replace(delay_ms=(self.delay_ms or 0) + ms)
            case Cross():
                return self if self.crossed is None else self._replace(frame=self.crossed())
            case Cut() | Freeze():
                self.socket.suffer(effect)
                return self
            case _:
                assert_never(effect)

    def miss(self) -> None:
        """It will not come."""
        if self.noticed is not None:
            self.noticed(False)

    def arrive(self) -> None:
        """It has passed."""
        is_heard = self.socket.is_open and self.is_wanted()
        for _ in range(self.times if is_heard else 0):
            self.socket.push(self.frame)
        if self.noticed is not None:
            self.noticed(is_heard)


class Late:
    """What is delayed for a socket: so many frames, the last of them until then."""

    def __init__(self) -> None:
        self.frames = 0
        self.due_ms = 0


class PushFaults:
    """Those that hit what a part of a dialect tells. `is_on` is all that is looked at where nothing
    goes wrong and nobody watches."""

    def __init__(self, faults: Faults, clock: Clock, *, is_watched: bool = False) -> None:
        self._faults = faults
        self._clock = clock
        self._is_watched = is_watched
        self._late: WeakKeyDictionary[Socket, Late] = WeakKeyDictionary()
        self._swapped: WeakKeyDictionary[Socket, Passing] = WeakKeyDictionary()

    @property
    def is_on(self) -> bool:
        """Whether anything may go wrong, or somebody watches; then `push` is the way."""
        return self._faults.is_armed_for_sockets or self._is_watched or bool(self._swapped)

    def push(self, pushed: Pushed, passing: Passing) -> None:
        """Have it come to its socket, or whatever happens to it."""
        socket = passing.socket
        if not socket.is_open:
            passing.miss()
            return
        for effect in self._faults.hit_push(pushed, self._clock.now_ms()):
            passing = passing.suffered(effect)
        if not passing.times:
            passing.miss()
            return
        if passing.delay_ms is not None:
            self._delay(passing, passing.delay_ms)
        elif passing.is_swapped and socket not in self._swapped:
            self._swapped[socket] = passing
            over_ms = self._clock.now_ms() + SWAPPED_MS_MAX
            self._clock.at(over_ms, partial(self._wait_no_longer, passing))
        else:
            self._arrive(passing)

    def _delay(self, passing: Passing, delay_ms: int) -> None:
        """What is delayed comes in its order."""
        late = self._late.setdefault(passing.socket, Late())
        if late.frames >= OUTBOX_FRAMES_MAX:
            passing.socket.hold_up_no_longer()
            return
        late.frames += 1
        late.due_ms = max(late.due_ms, self._clock.now_ms() + delay_ms)
        self._clock.at(late.due_ms, partial(self._end_delay, late, passing))

    def _end_delay(self, late: Late, passing: Passing) -> None:
        late.frames -= 1
        self._arrive(passing)

    def _arrive(self, passing: Passing) -> None:
        passing.arrive()
        before = self._swapped.pop(passing.socket, None)
        if before is not None:
            before.arrive()

    def _wait_no_longer(self, passing: Passing) -> None:
        if self._swapped.get(passing.socket) is passing:
            del self._swapped[passing.socket]
            passing.arrive()
