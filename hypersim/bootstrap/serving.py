"""What answers: every dialect and the admin API on the ports that they have, until a stop."""

import asyncio
import gc
import socket
import sys
from collections.abc import Callable, Iterable, Sequence

from hypersim.admin.app import build_admin
from hypersim.api.dialect import Dialect, Mounted
from hypersim.api.services import AdminActions, Services
from hypersim.bootstrap.chance import is_reproducible
from hypersim.bootstrap.choices import clients_of
from hypersim.edge.asgi import AsgiApp
from hypersim.edge.gate import Gate
from hypersim.edge.origins import Origins
from hypersim.edge.router import PathRouter
from hypersim.edge.server import HttpServer, serve_all
from hypersim.service.stopping import FEED_BY_S, Stopping
from hypersim.settings import Settings, SettingsError

ADMIN_PATHS = ("admin", "metrics")
"""First segments of what the admin API serves."""

THREAD_SLICE_S = 0.0005

Say = Callable[[str], None]


async def serve(
    settings: Settings,
    dialects: Sequence[Dialect],
    services: Services,
    control: AdminActions,
    bound: socket.socket,
    extra: dict[str, socket.socket],
    engine_task: asyncio.Task[None],
    stopping: Stopping,
    say: Say,
) -> None:
    """Serve all dialects on `bound`, and each of `extra` on its own socket, until a stop is asked
    for or the engine can go on no longer."""
    mounted = {dialect: _mounted(dialect, services) for dialect in dialects}
    check_paths(mounted)
    by_name = {dialect.name: app for dialect, app in mounted.items()}
    segments: dict[str, AsgiApp] = {}
    for dialect, app in mounted.items():
        segments |= {path.strip("/"): app.app for path in dialect.root_paths}
    segments |= dict.fromkeys(ADMIN_PATHS, build_admin(services, control))
    mounts = {dialect.prefix.strip("/"): app.app for dialect, app in mounted.items()}
    root = PathRouter(segments, mounts, by_name["native"].app)
    clients = clients_of(settings)
    origins = Origins(settings.host, settings.allow_origin, settings.allow_host)
    served = {sock: by_name[name].app for name, sock in extra.items()}
    dated_by = services.engine.clock.now_ms if is_reproducible(settings) else None
    servers = [
        HttpServer(Gate(app, clients, origins, services.edge), sock, services.edge, dated_by)
        for sock, app in ({bound: root} | served).items()
    ]
    await _run_servers(servers, list(mounted.values()), engine_task, stopping, say)


def check_paths(dialects: Iterable[Dialect]) -> None:
    """Nobody's path at the root is somebody else's too. Raises SettingsError."""
    owners = dict.fromkeys(ADMIN_PATHS, "the admin API")
    for dialect in dialects:
        whose = f"the dialect {dialect.name}"
        for path in (dialect.prefix, *dialect.root_paths):
            owner = owners.setdefault(path.strip("/"), whose)
            if owner != whose:
                raise SettingsError(
                    f"both {owner} and {whose} want {path} at the root; leave it out of the "
                    f"root_paths of one of them"
                )


def _mounted(dialect: Dialect, services: Services) -> Mounted:
    try:
        return dialect.build(services)
    except ValueError as error:
        raise SettingsError(f"limits.{dialect.name}: {error}") from None


async def _run_servers(
    servers: Sequence[HttpServer],
    mounted: Sequence[Mounted],
    engine_task: asyncio.Task[None],
    stopping: Stopping,
    say: Say,
) -> None:
    """Serve until a stop is asked for, or until the engine can go on no longer."""

    def stop() -> None:
        for server in servers:
            server.stop()

    engine_task.add_done_callback(lambda _: stopping.ask())
    publishers = [asyncio.ensure_future(app.run()) for app in mounted]
    serving = asyncio.ensure_future(serve_all(servers))
    for server in servers:
        await server.has_started.wait()
    stopping.then(stop)
    # What was made so far stays; the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    # What works in a thread gives way to requests so soon.
    sys.setswitchinterval(THREAD_SLICE_S)
    say(f"hypersim ready on {servers[0].url}")
    await serving
    say("stopping")
    await stopping.within(FEED_BY_S, ended, *publishers)


async def ended(*tasks: asyncio.Future[None]) -> None:
    """Cancel them, and wait until they are over."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
