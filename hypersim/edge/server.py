"""HTTP and WebSocket on sockets that are bound before anything else starts."""

import asyncio
import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

import uvicorn

from hypersim.edge.asgi import AsgiApp
from hypersim.edge.dated_state import DatedState
from hypersim.edge.edge import Edge
from hypersim.edge.http.protocol import HttpProtocol

BACKLOG = 2_048
GRACE_S = 2
"""How long open requests may take to finish when the server stops."""

NOTSENT_LOWAT: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", None)
"""Not every system has it."""

LOOK_EVERY = 5
"""Ticks of uvicorn's loop (0.1 s) between looks at all connections."""


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
            f"cannot listen on {authority(host, port)}: {reason}; choose another with {option}"
        ) from None
    bound.set_inheritable(True)
    return bound


def authority(host: str, port: int) -> str:
    """As in a URL: an address of IPv6 stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class HttpServer(uvicorn.Server):
    """Uvicorn without signal handlers of its own: who runs several stops them together, and they
    share one edge. With `now_ms` that is what answers are dated by."""

    def __init__(
        self,
        app: AsgiApp,
        bound: socket.socket,
        edge: Edge | None = None,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self.edge = edge or Edge()
        super().__init__(
            uvicorn.Config(
                app,
                # Said, as uvicorn takes an app whose `__call__` only hands on for one of ASGI 2.
                interface="asgi3",
                loop="none",
                http=cast(Any, partial(HttpProtocol, self.edge)),
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                # Whoever connects is the client: a header must not lift a key's address rules.
                proxy_headers=False,
                backlog=BACKLOG,
                # A pong is due within a minute, as on Binance.
                ws_ping_timeout=60,
                # Each push would be compressed once per client.
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=GRACE_S,
                # What a task is bound to is not the next request's.
                reset_contextvars=True,
            )
        )
        if now_ms is not None:
            self.server_state = DatedState(now_ms)
        self._bound = bound
        if NOTSENT_LOWAT is not None:
            # Who does not read is noticed soon. Connections have it from the socket they came by.
            unsent = self.edge.limits.unsent_bytes
            bound.setsockopt(socket.IPPROTO_TCP, NOTSENT_LOWAT, unsent)
        self.has_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server`."""
        await super().startup(sockets)
        self.has_started.set()

    async def on_tick(self, counter: int) -> bool:
        """See `uvicorn.Server`. Also ends what takes too long."""
        if counter % LOOK_EVERY == 0:
            now = asyncio.get_running_loop().time()
            for protocol in list(self.server_state.connections):
                cast(HttpProtocol, protocol).connection.look(now)
        return await super().on_tick(counter)

    async def run_until_stopped(self) -> None:
        """Serve until `stop`."""
        await self._serve([self._bound])

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{authority(*self.address)}"

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
