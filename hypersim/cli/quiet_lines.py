"""Log lines of one kind come at most once a second, with a count: whoever makes the server
complain again and again must not fill the disk or hide what others do."""

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, MutableMapping
from typing import Any

import structlog

PERIOD_S = 1.0
KINDS_MAX = 1_000
"""Remembered at a time."""


class QuietLines:
    """A structlog processor. Lines are of one kind if level and text are the same, and the symbol
    that they are about. `held_back` says how many there were since the last one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[Hashable, float] = {}
        self._held: dict[Hashable, int] = {}

    def held_back(self, kind: Hashable) -> int | None:
        """How many of this kind were held back since the last one that was said; None if this one
        is held back too."""
        now = self._clock()
        said = self._said.get(kind)
        if said is not None and now - said < PERIOD_S:
            self._held[kind] = self._held.get(kind, 0) + 1
            return None
        if len(self._said) >= KINDS_MAX:
            self._said.clear()
        self._said[kind] = now
        return self._held.pop(kind, 0)

    def __call__(
        self, logger: Any, method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """See structlog."""
        del logger
        kind = (method, line.get("event"), line.get("symbol"))
        held = self.held_back(kind)
        if held is None:
            if self._held[kind] == 1:
                _in_a_second(self._say_rest, kind, method, dict(line))
            raise structlog.DropEvent
        if held:
            line["held_back"] = held
        return line

    def _say_rest(self, kind: Hashable, method: str, line: dict[str, Any]) -> None:
        """Nothing of the kind came any more; what was held back is told all the same."""
        if self._held.get(kind):
            self._held[kind] -= 1
            getattr(structlog.get_logger(), method)(**line)


class QuietRecords(logging.Filter):
    """The same for the lines of libraries."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QuietLines()

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging."""
        held = self._lines.held_back((record.name, record.levelno, record.msg))
        if held:
            record.msg = f"{record.msg} (held back before: {held})"
        return held is not None


def _in_a_second(call: Callable[..., None], *arguments: Any) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    loop.call_later(PERIOD_S, call, *arguments)
