"""The end: asked for by a signal at any moment, and over within seconds whatever stands still.

Each step of it has until some moment after the stop was asked for. What none of the steps foresaw
(a thread that hangs, a computation that goes on and on) is ended by an alarm.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any, Final

STOP_WITHIN_S = 5.0
"""How long a stop may take."""

ALARM_AFTER_S = 8.0
"""When the process ends whatever it is doing."""

FEED_BY_S: Final = 2.5
COMMIT_BY_S: Final = 3.0
CLOSE_BY_S: Final = 3.5
DATABASE_BY_S: Final = 4.0
"""Seconds after the stop was asked for; before all of these, open requests have their time."""

_MOMENT_S = 0.25
"""What a step has even when those before it took too long."""


class Stopping:
    """Whether a stop was asked for, and how much of the wall's time is left."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._asked_s: float | None = None
        self._has_begun = False
        self._act: Callable[[], object] | None = None

    @property
    def is_asked(self) -> bool:
        """Whether the end has begun."""
        return self._asked_s is not None

    def then(self, act: Callable[[], object]) -> None:
        """From now on, this is what a stop does first. Done at once if that is over already."""
        self._act = act
        if self._has_begun:
            act()

    def ask(self) -> None:
        """Begin the end; only the first time counts."""
        if self._note_time():
            self._begin()

    def _begin(self) -> None:
        self._has_begun = True
        if self._act is not None:
            self._act()

    def _note_time(self) -> bool:
        """Whether this is the first time."""
        if self._asked_s is not None:
            return False
        self._asked_s = self._now_s()
        signal.setitimer(signal.ITIMER_REAL, ALARM_AFTER_S)
        return True

    def left_s(self, until_s: float) -> float:
        """What is left of a step that has until then; never nothing."""
        now_s = self._now_s()
        asked_s = now_s if self._asked_s is None else self._asked_s
        return max(asked_s + until_s - now_s, _MOMENT_S)

    async def within(
        self, until_s: float, step: Callable[..., Coroutine[Any, Any, object]], *arguments: object
    ) -> bool:
        """Whether the step was done in time; if not, it is canceled."""
        try:
            async with asyncio.timeout(self.left_s(until_s)):
                await step(*arguments)
        except TimeoutError:
            return False
        return True

    @contextlib.contextmanager
    def on_signals(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """SIGTERM and Ctrl-C ask for the stop, for the length of a block in the main thread."""

        def asked(_number: int, _frame: FrameType | None) -> None:
            # The time runs from now on, even if the loop is busy for longer than a stop may take.
            if self._note_time():
                loop.call_soon_threadsafe(self._begin)

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, asked) for number in numbers]
        alarmed_before = signal.signal(signal.SIGALRM, _end_at_once)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, alarmed_before)
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    line = f"hypersim: not stopped within {ALARM_AFTER_S:g} s, so ended; acknowledged is kept\n"
    sys.stderr.write(line)
    sys.stderr.flush()
    os._exit(1)
