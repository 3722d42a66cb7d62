"""The server beneath the sockets: uvicorn's, within limits, and with what ASGI keeps from an app:
pings and pongs from the client, and the moment before the server closes everything.

Frames are parsed a few at a time: a flood of empty ones costs the event loop's time, not memory.
"""

from collections.abc import Generator
from typing import Any

import structlog
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from websockets.datastructures import Headers
from websockets.frames import DATA_OPCODES, CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import Event, State
from websockets.protocol import Protocol as Frames
from websockets.server import ServerProtocol

from hypersim.edge.asgi import Scope
from hypersim.edge.connection import REFUSED_BYTES_MAX, Connection
from hypersim.edge.edge import Edge
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.sockets.control import EXTENSION, Control
from hypersim.edge.sockets.pings import PingedInText
from hypersim.edge.sockets.texts import joined

SLICE_BYTES_MIN, SLICE_BYTES = 64, 512
"""Parsed at a time: little at first and after a row of small frames, more after large ones."""

SLICE_FRAMES = 4
"""A slice with more of them holds up the others; the next ones are small."""

IDLE_FRAME_COST = 10
"""Pings, pongs, empty frames and fragments count as so many: no client needs many of them."""

_REASONS = {
    CloseCode.INVALID_DATA: EdgeReason.NOT_UTF8,
    CloseCode.MESSAGE_TOO_BIG: EdgeReason.MESSAGE_BYTES,
}

log = structlog.get_logger(__name__)


class _AfterHandshake(ServerProtocol):
    """The handshake was read as any other HTTP request; only frames come here."""

    def parse(self) -> Generator[None]:
        """See websockets."""
        yield from Frames.parse(self)


def _cost(event: Event) -> int:
    if isinstance(event, Frame) and event.data and event.fin and event.opcode in DATA_OPCODES:
        return 1
    return IDLE_FRAME_COST


class WebSocketProtocol(PingedInText):
    """Uvicorn's, with a `Control` in the scope of each connection."""

    connection: Connection

    def __init__(self, edge: Edge, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._edge = edge
        self._limits = edge.limits
        self.conn = _AfterHandshake(
            extensions=self.conn.available_extensions,
            max_size=edge.limits.websocket_message_bytes,
            logger=self.logger,
        )
        self.close_timeout = edge.limits.closing_s
        self.control = Control(takes_utf8=True)
        self._unread = bytearray()
        """Received but not parsed; nothing more is read while there is any."""
        self._slice = SLICE_BYTES_MIN
        self._is_scheduled = False
        self._second = 0.0
        self._frames_heard = 0
        self._bytes_heard = 0
        self._pongs_unread = 0

    def begin(self, connection: Connection, scope: Scope, rest: bytes) -> None:
        """Take over a connection whose handshake was read; `rest` came behind it."""
        self.connection = connection
        connection.owner = self
        connection.deadline = self.loop.time() + self._limits.handshake_s
        self.connection_made(connection.transport)
        self.client = scope["client"]
        self._unread += rest
        connection.transport.pause_reading()
        target = scope["raw_path"]
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        headers = Headers()
        for name, value in scope["headers"]:
            headers[name.decode("ascii")] = value.decode("latin-1")
        self.handle_connect(Request(target.decode("ascii"), headers))

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn."""
        self._edge.leave(self.connection)
        self._unread.clear()
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        """See uvicorn."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            # The app's task is made by now, but has not run yet.
            extensions = self.scope["extensions"]
            assert extensions is not None
            extensions[EXTENSION] = {"control": self.control}

    def start_keepalive(self) -> None:
        """See uvicorn. The handshake is over."""
        super().start_keepalive()
        self.connection.deadline = float("inf")
        self._read_on()

    # What was received

    def data_received(self, data: bytes) -> None:
        """See uvicorn."""
        if self.connection.is_leaving:
            self.connection.throw_away(len(data))
        elif self.control.is_frozen:
            return
        elif self._unread or self.read_paused or len(data) > self._slice:
            self._unread += data
            self._read_on()
        else:
            self._hear(data)

    async def receive(self) -> Any:
        """See uvicorn."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._read_on()
        return message

    def _read_on(self) -> None:
        """Parse what was received, a slice for each turn of the event loop, then let more come."""
        if self.read_paused or self.connection.is_leaving or self.disconnected:
            return
        if not self._unread:
            self.transport.resume_reading()
            return
        self.transport.pause_reading()
        piece = bytes(self._unread[: self._slice])
        del self._unread[: self._slice]
        self._hear(piece)
        if not self._is_scheduled:
            self._is_scheduled = True
            self.loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._is_scheduled = False
        self._read_on()

    def _hear(self, data: bytes) -> None:
        """Parse and take what the budget of this second allows."""
        now, limits = self.loop.time(), self._limits
        if now - self._second >= 1:
            self._second, self._frames_heard, self._bytes_heard = now, 0, 0
        self.conn.receive_data(data)
        is_crowded = len(self.conn.events) > SLICE_FRAMES
        self._slice = SLICE_BYTES_MIN if is_crowded else min(2 * self._slice, SLICE_BYTES)
        self._frames_heard += sum(map(_cost, self.conn.events))
        self._bytes_heard += len(data)
        if self._frames_heard > limits.websocket_frames_per_second:
            self._drop(EdgeReason.FRAMES, f"Over {limits.websocket_frames_per_second} a second")
        elif self._bytes_heard > limits.websocket_bytes_per_second:
            self._drop(EdgeReason.FRAME_BYTES, "Too many bytes a second")
        else:
            self.handle_events()
            if self.conn.parser_exc is not None:
                self.handle_parser_exception()

    def handle_cont(self, event: Frame) -> None:
        """See uvicorn."""
        if len(self.frames) >= self._limits.websocket_fragments:
            self._drop(EdgeReason.FRAGMENTS, "Too many fragments in a message")
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """See uvicorn. What is no text closes the connection."""
        data = b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        message: ASGIReceiveEvent = {"type": "websocket.receive", "bytes": data}
        if self.curr_msg_data_type == "text":
            try:
                message = {"type": "websocket.receive", "text": data.decode()}
            except UnicodeDecodeError:
                self._drop(EdgeReason.NOT_UTF8, "Not UTF-8", CloseCode.INVALID_DATA)
                return
        self.queue.put_nowait(message)
        self.read_paused = True
        self.transport.pause_reading()

    async def send(self, message: ASGISendEvent) -> None:
        """See uvicorn. Several texts may come together, in UTF-8: they are written at once."""
        if self.connection.is_leaving:
            raise ClientDisconnected
        texts: object = message.get("text")
        if isinstance(texts, list):
            await self.writable.wait()
            if self.disconnected or self.conn.state is not State.OPEN:
                raise ClientDisconnected
            self.transport.write(joined(texts))
        else:
            await super().send(message)
            # Whoever is answered over HTTP had its handshake; uvicorn takes that for an error.
            self.handshake_complete |= self.close_sent

    def handle_ping(self) -> None:
        """See uvicorn. Answers that nobody reads are not piled up."""
        if self.connection.is_leaving:
            return
        super().handle_ping()
        if not self.writable.is_set():
            self._pongs_unread += 1
            if self._pongs_unread > self._limits.websocket_pongs_unread:
                self.connection.abort(EdgeReason.PONGS_UNREAD)
        self.control.on_frame()

    def handle_pong(self, event: Frame) -> None:
        """See uvicorn."""
        super().handle_pong(event)
        self.control.on_frame()

    def pause_writing(self) -> None:
        """See uvicorn."""
        super().pause_writing()
        self.connection.fills_up()

    def resume_writing(self) -> None:
        """See uvicorn."""
        self._pongs_unread = 0
        super().resume_writing()
        self.connection.has_drained()

    # How it ends

    def handle_parser_exception(self) -> None:
        """See uvicorn. The parser has written the close frame."""
        assert self.conn.close_sent is not None
        code = self.conn.close_sent.code
        self._leave(_REASONS.get(CloseCode(code), EdgeReason.NOT_WEBSOCKET), code)

    def overdue(self) -> None:
        """See `Owner`. Only the handshake has a deadline."""
        self.connection.abort(EdgeReason.HANDSHAKE_DEADLINE)

    def give_way(self) -> bool:
        """See `Owner`."""
        return False

    def shutdown(self) -> None:
        """See uvicorn."""
        if self.connection.is_leaving:
            self.transport.close()
            return
        words = self.control.last_words()
        if self.handshake_complete and not self.close_sent and words is not None:
            self.conn.send_text(words)
            self.transport.write(b"".join(self.conn.data_to_send()))
        super().shutdown()

    def _drop(
        self, reason: EdgeReason, text: str, code: CloseCode = CloseCode.POLICY_VIOLATION
    ) -> None:
        if self.conn.state is State.OPEN:
            self.conn.fail(code, text)
        self._leave(reason, code)

    def _leave(self, reason: EdgeReason, code: int) -> None:
        """Say why, as far as that can still be said, and hear no more."""
        if self.connection.is_leaving:
            return
        self._edge.count(reason)
        log.warning("websocket dropped", reason=reason.value)
        self.stop_keepalive()
        self._unread.clear()
        self.frames = []
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.connection.hang_up(self.loop.time(), REFUSED_BYTES_MAX)
        # With a timer for it, uvicorn does not close the connection at the end of the app.
        self.close_timer = self.loop.call_later(self._limits.linger_s, self.transport.close)
