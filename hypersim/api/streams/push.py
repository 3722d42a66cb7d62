"""A push: an event on its way to all who hear of it."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from hypersim.trading.events import Event

K = TypeVar("K", bound=Hashable)


class Push(Generic[K]):
    """One event, written once for each kind of client. A dialect says what kinds it has and how
    it writes for each. `symbol` is the market's that it is about, and `event` what happened to an
    order, where that is asked for."""

    __slots__ = ("_frames", "_write", "event", "symbol")

    def __init__(
        self, write: Callable[[K], bytes], symbol: str | None = None, event: Event | None = None
    ) -> None:
        self._write = write
        self.symbol = symbol
        self.event = event
        self._frames: dict[K, bytes] = {}

    def frame(self, kind: K) -> bytes:
        """As this kind of client gets it."""
        frame = self._frames.get(kind)
        if frame is None:
            frame = self._frames[kind] = self._write(kind)
        return frame
