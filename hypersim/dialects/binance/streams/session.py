"""One client of the streams, and an event as each kind of client gets it."""

from typing import Protocol

import msgspec

from hypersim.api.sockets.socket import Socket
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.sources import Payload

_encode = msgspec.json.Encoder().encode


class Push:
    """One event of a stream, written at most once for each kind of client."""

    __slots__ = ("_name", "_payload", "_texts")

    def __init__(self, name: str, payload: Payload) -> None:
        self._name = name
        self._payload = payload
        self._texts: dict[tuple[TimeUnit, bool], str] = {}

    def text(self, unit: TimeUnit, *, is_combined: bool) -> str:
        """The frame."""
        key = (unit, is_combined)
        text = self._texts.get(key)
        if text is None:
            data = self._payload(unit)
            body = {"stream": self._name, "data": data} if is_combined else data
            text = self._texts[key] = _encode(body).decode()
        return text


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


class StreamSession:
    """Where frames for one client go. `is_combined` says whether events are wrapped with the name
    of their stream; `private` are the streams that are not the market's, and whose they are."""

    def __init__(self, socket: Socket, *, unit: TimeUnit, is_combined: bool) -> None:
        self.socket = socket
        self.unit = unit
        self.is_combined = is_combined
        self.private: dict[str, PrivateStreams] = {}

    def push(self, push: Push) -> None:
        """Have it sent; never waits."""
        self.socket.push(push.text(self.unit, is_combined=self.is_combined))
