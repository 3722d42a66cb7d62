"""HTTP and WebSocket on sockets that are bound before anything else starts."""

import asyncio
import socket
from collections.abc import Iterable

import uvicorn

from hypersim.api.dialect import AsgiApp
from hypersim.api.http_protocol import HttpProtocol
from hypersim.api.websocket_protocol import WebSocketProtocol

BACKLOG = 2_048
GRACE_S = 2
"""How long open requests may take to finish when the server stops."""

WEBSOCKET_BYTES_MAX = 65_536


class PortInUse(Exception):
    """The address cannot be listened on; one clear line."""


def listen(host: str, port: int, option: str) -> socket.socket:
    """A bound socket; port 0 is any free one. `option` is what the user would change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        raise PortInUse(
            f"cannot listen on {host}:{port}: {reason}; choose another with {option}"
        ) from None
    bound.set_inheritable(True)
    return bound


class HttpServer(uvicorn.Server):
    """Uvicorn without signal handlers of its own: who runs several stops them together."""

    def __init__(self, app: AsgiApp, bound: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                # Said, as uvicorn takes an app whose `__call__` only hands on for one of ASGI 2.
                interface="asgi3",
                loop="none",
                http=HttpProtocol,
                ws=WebSocketProtocol,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                # Whoever connects is the client: a header must not lift a key's address rules.
                proxy_headers=False,
                backlog=BACKLOG,
                ws_max_size=WEBSOCKET_BYTES_MAX,
                # A pong is due within a minute, as on Binance.
                ws_ping_timeout=60,
                # Each push would be compressed once per client.
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._bound = bound
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server`."""
        await super().startup(sockets)
        self.has_started.set()

    async def run_until_stopped(self) -> None:
        """Serve until `stop`."""
        await self._serve([self._bound])

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) as bound."""
        host, port = self._bound.getsockname()[:2]
        return host, port

    def stop(self) -> None:
        """Finish open requests, accept no new ones."""
        self.should_exit = True


async def serve_all(servers: Iterable[HttpServer]) -> None:
    """Run all servers until each was stopped."""
    async with asyncio.TaskGroup() as tasks:
        for server in servers:
            tasks.create_task(server.run_until_stopped())
