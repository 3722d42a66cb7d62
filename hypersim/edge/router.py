"""The root of the server: one table from the first path segment to the app that answers it.

A plain ASGI function, as a web framework around web frameworks costs every request a tenth of its
time.
"""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, NamedTuple

from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.gate import GuardedApp, forbidden
from hypersim.edge.plain import Handler, HandlingApp, Response


class _Route(NamedTuple):
    app: AsgiApp
    handler: Callable[[str, str], Handler | None]
    guarded: GuardedApp | None


class PathRouter:
    """Sends `/v1/…` to the app that serves `v1`.

    A mounted prefix is taken off the path; `raw_path` keeps it, as clients sign what they sent.
    """

    def __init__(
        self, segments: Mapping[str, AsgiApp], mounts: Mapping[str, AsgiApp], default: AsgiApp
    ) -> None:
        self._segments = {segment: _route(app) for segment, app in segments.items()}
        self._mounts = {segment: _route(app) for segment, app in mounts.items()}
        self._default = _route(default)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        route, path, root = self._route_of(scope["path"])
        await route.app(_below(scope, path, root) if root else scope, receive, send)

    def handler(self, method: str, path: str) -> Handler | None:
        """See `HandlingApp`."""
        route, path, root = self._route_of(path)
        handler = route.handler(method, path)
        return partial(_handle_below, handler, path, root) if handler and root else handler

    def is_public(self, method: str, path: str) -> bool:
        """See `GuardedApp`."""
        route, path, _ = self._route_of(path)
        return route.guarded is not None and route.guarded.is_public(method, path)

    def forbidden(self, path: str, problem: str) -> Response:
        """See `GuardedApp`."""
        route, path, _ = self._route_of(path)
        if route.guarded is None:
            return forbidden(problem)
        return route.guarded.forbidden(path, problem)

    def _route_of(self, path: str) -> tuple[_Route, str, str]:
        """(where it leads, the path there, the prefix that was taken off)"""
        end = path.find("/", 1)
        segment = path[1:] if end < 0 else path[1:end]
        route = self._segments.get(segment)
        if route is None and segment in self._mounts:
            return self._mounts[segment], path[len(segment) + 1 :] or "/", f"/{segment}"
        return route or self._default, path, ""


def _below(scope: Scope, path: str, root: str) -> Scope:
    return {**scope, "path": path, "root_path": root}


def _route(app: AsgiApp) -> _Route:
    return _Route(
        app,
        app.handler if isinstance(app, HandlingApp) else _none,
        app if isinstance(app, GuardedApp) else None,
    )


def _none(method: str, path: str) -> None:
    del method, path


def _handle_below(
    handler: Handler, path: str, root: str, scope: Scope, body: bytes
) -> Coroutine[Any, Any, Response]:
    return handler(_below(scope, path, root), body)
