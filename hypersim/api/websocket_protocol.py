"""The server beneath the sockets, with what ASGI keeps from an app: pings and pongs from the
client, and the moment before the server closes everything."""

from collections.abc import Callable

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from hypersim.api.dialect import Scope

_EXTENSION = "hypersim.control"


def _ignore() -> None:
    return


class Control:
    """An app sets what it wants to hear of. `on_frame` is called for every ping and pong from the
    client, `last_words` makes a text frame that is sent before the server goes."""

    def __init__(self) -> None:
        self.on_frame: Callable[[], object] = _ignore
        self.last_words: Callable[[], str] | None = None


def control_of(scope: Scope) -> Control:
    """The connection's; under another server, one that never calls anybody."""
    found = scope.get("extensions", {}).get(_EXTENSION, {}).get("control")
    return found if isinstance(found, Control) else Control()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's, with a `Control` in the scope of each connection."""

    def handle_connect(self, event: Request) -> None:
        """See uvicorn."""
        self.control = Control()
        super().handle_connect(event)
        if self.response.status_code == 101:
            # The app's task is made by now, but has not run yet.
            extensions = self.scope["extensions"]
            assert extensions is not None
            extensions[_EXTENSION] = {"control": self.control}

    def handle_ping(self) -> None:
        """See uvicorn."""
        super().handle_ping()
        self.control.on_frame()

    def handle_pong(self, event: Frame) -> None:
        """See uvicorn."""
        super().handle_pong(event)
        self.control.on_frame()

    def shutdown(self) -> None:
        """See uvicorn."""
        if self.handshake_complete and not self.close_sent and self.control.last_words:
            self.conn.send_text(self.control.last_words().encode())
            self.transport.write(b"".join(self.conn.data_to_send()))
        super().shutdown()
