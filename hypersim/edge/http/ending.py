"""How a connection of HTTP begins and ends: let in or not, given up, refused after everything
before was answered, closed when idle."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hypersim.edge.connection import REFUSED_BYTES_MAX, Connection
from hypersim.edge.edge import Edge
from hypersim.edge.http.flow import Flow, Outlet, Part
from hypersim.edge.http.short import ShortRequest
from hypersim.edge.reasons import EdgeReason, refusal_of


class HttpEnding(HttpToolsProtocol):
    """What is known of the connection as a whole."""

    connection: Connection
    flow: Flow

    def __init__(self, edge: Edge, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._edge = edge
        self._limits = edge.limits
        self._active: RequestResponseCycle | ShortRequest | None = None
        """The request that is being answered, or was last."""
        self._part = Part.BETWEEN
        self._unread = bytearray()
        """Received but not parsed; nothing more is read while there is any."""
        self._has_asked = False
        self._is_upgrade = False
        self._is_last = False
        """No further request is read."""
        self._is_half_closed = False
        self._refusal: EdgeReason | None = None
        """What ends the connection, once what came before is answered."""

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered or waits for it."""
        active = self._active
        return bool(self.pipeline) or not (
            active is None or active.response_complete or active.disconnected
        )

    def is_gone(self) -> bool:
        """Whether the client hung up. Hardly any ends its half and goes on reading; who times out
        is seen by the end of his."""
        return (
            self._is_half_closed or self.connection.is_leaving or bool(self.transport.is_closing())
        )

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See uvicorn. A client for whom there is no place is told so."""
        super().connection_made(transport)
        self.flow = Flow(transport, self._read_on)
        address = self.client[0] if self.client else ""
        self.connection = Connection(self._edge, transport, address, self)
        self.connection.deadline = self.loop.time() + self._limits.head_s
        self._outlet = cast(asyncio.Transport, Outlet(self.connection, self._finish))
        reason = self._edge.enter(self.connection)
        if reason is not None:
            self._turn_away(reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn."""
        self._edge.leave(self.connection)
        self._unread.clear()
        self.pipeline.clear()
        if self._active is not None and not self._active.response_complete:
            self._active.disconnected = True
            if isinstance(self._active, RequestResponseCycle):
                self._active.message_event.set()
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """What was asked before the client ended its half is answered."""
        if self._part is Part.BETWEEN and self.is_busy:
            self._is_half_closed = True
            return True
        return None

    def _read_on(self) -> None:
        """Parse what was received, as far as there is room, then let more come."""
        raise NotImplementedError

    def _turn_away(self, reason: EdgeReason) -> None:
        """There are few descriptors for those who may still read why."""
        if self._edge.may_linger(self.connection):
            self.transport.write(refusal_of(reason))
            self.connection.hang_up(self.loop.time())
        else:
            self.transport.abort()

    def overdue(self) -> None:
        """See `Owner`."""
        if self._part is Part.BETWEEN and self._has_asked:
            self._close_if_idle()
        elif self.flow.read_paused:
            # It is the server that does not read.
            self.connection.deadline = self.loop.time() + self._limits.body_s
        elif self._part is Part.BETWEEN:
            self.connection.abort(EdgeReason.SILENT)
        elif self._part is Part.HEAD:
            self._refuse(EdgeReason.HEAD_DEADLINE)
        else:
            self._refuse(EdgeReason.BODY_DEADLINE)

    def give_way(self) -> bool:
        """See `Owner`."""
        if self.transport.is_closing() or self.is_busy or self.connection.has_input():
            return False
        if self._has_asked and self._part is not Part.BETWEEN:
            return False
        self.connection.abort(EdgeReason.GAVE_WAY)
        return True

    def _close_if_idle(self) -> None:
        """A request that has just arrived is answered, not met with a closed door."""
        if self.is_busy or self.connection.has_input():
            self.connection.deadline = self.loop.time() + self._limits.idle_s
        else:
            self.transport.close()

    def _refuse(self, reason: EdgeReason) -> None:
        self._edge.count(reason)
        self._refusal = reason
        self._is_last = True
        self._unread.clear()
        if self._part is Part.BODY and not self._is_upgrade:
            self._forget(self.cycle)
        self._part = Part.BETWEEN
        if not self.is_busy:
            self._send_refusal()

    def _forget(self, cycle: RequestResponseCycle) -> None:
        """A request that will never be whole."""
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        elif cycle.response_started:
            self._refusal = None
        cycle.disconnected = True
        cycle.message_event.set()

    def _send_refusal(self) -> None:
        if self._refusal is not None:
            self.transport.write(refusal_of(self._refusal))
        self.connection.hang_up(self.loop.time(), REFUSED_BYTES_MAX)

    def _finish(self) -> None:
        """The last answer is written."""
        if self._part is Part.BETWEEN and not self._unread:
            self.transport.close()
        else:
            self.connection.hang_up(self.loop.time())
