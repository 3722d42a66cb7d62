"""The pings that the server sends."""

import time

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hypersim.edge.sockets.control import Control


class PingedInText(WebSocketsSansIOProtocol):
    """Uvicorn's, but a ping carries the time in ms as digits, not random bytes: there are clients
    that take what they have to send back for text, and fail on bytes that are none. One that is
    frozen sends none, and misses no answer."""

    control: Control

    def send_keepalive_ping(self) -> None:
        """See uvicorn."""
        self.ping_timer = None
        if self.close_sent or self.transport.is_closing() or self.control.is_frozen:
            return
        self.pending_ping_payload = b"%d" % (time.time_ns() // 1_000_000)
        self.ping_sent_at = self.loop.time()
        self.conn.send_ping(self.pending_ping_payload)
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.ping_timeout is None:
            self.schedule_ping()
        else:
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)

    def keepalive_timeout(self) -> None:
        """See uvicorn."""
        if not self.control.is_frozen:
            super().keepalive_timeout()
