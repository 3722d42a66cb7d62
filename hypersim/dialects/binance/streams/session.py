"""One client of the streams, and an event as each kind of client gets it."""

from typing import NamedTuple, Protocol

import msgspec

from hypersim.api.sockets.serving import Session
from hypersim.api.sockets.socket import Socket
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.sources import Payload

_encode = msgspec.json.Encoder().encode


class Kind(NamedTuple):
    """How a client gets events: in which unit times are, and whether an event is wrapped with the
    name of its stream."""

    unit: TimeUnit
    is_combined: bool


class Push:
    """One event of a stream, written at most once for each kind of client."""

    __slots__ = ("_frames", "_name", "_payload")

    def __init__(self, name: str, payload: Payload) -> None:
        self._name = name
        self._payload = payload
        self._frames: dict[Kind, bytes] = {}

    def frame(self, kind: Kind) -> bytes:
        """As this kind of client gets it."""
        frame = self._frames.get(kind)
        if frame is None:
            data = self._payload(kind.unit)
            body = {"stream": self._name, "data": data} if kind.is_combined else data
            frame = self._frames[kind] = _encode(body)
        return frame


class PrivateStreams(Protocol):
    """Streams that are not the market's, such as a listen key's. Whoever has some gives this to
    the `StreamServer`."""

    def join(self, session: "StreamSession", name: str) -> bool:
        """Whether the name is one of theirs; from now on the session hears of it. The confirmation
        was sent before."""
        ...

    def leave(self, session: "StreamSession", name: str) -> None:
        """The session hears of it no more."""
        ...


class StreamSession(Session):
    """Where frames for one client go. `is_combined` says whether events are wrapped with the name
    of their stream; `private` are the streams that are not the market's, and whose they are."""

    def __init__(self, socket: Socket, *, unit: TimeUnit, is_combined: bool) -> None:
        super().__init__(socket)
        self.unit = unit
        self.is_combined = is_combined
        self.private: dict[str, PrivateStreams] = {}

    @property
    def kind(self) -> Kind:
        """How it gets events."""
        return Kind(self.unit, self.is_combined)

    def push(self, push: Push) -> None:
        """Have it sent; never waits."""
        self.socket.push(push.frame(self.kind))
