"""The root of the server: one table from the first path segment to the app that answers it.

A plain ASGI function, as a web framework around web frameworks costs every request a tenth of its
time.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypersim.api.dialect import AsgiApp, Receive, Scope, Send
from hypersim.api.plain_http import Answer, PlainApp


class _Route(NamedTuple):
    app: AsgiApp
    plain: Callable[[Scope], Answer | None]


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
        route, scope = self._route_of(scope)
        await route.app(scope, receive, send)

    def plain(self, scope: Scope) -> Answer | None:
        """See `PlainApp`."""
        route, scope = self._route_of(scope)
        return route.plain(scope)

    def _route_of(self, scope: Scope) -> tuple[_Route, Scope]:
        path: str = scope["path"]
        end = path.find("/", 1)
        segment = path[1:] if end < 0 else path[1:end]
        route = self._segments.get(segment)
        if route is None and segment in self._mounts:
            route = self._mounts[segment]
            scope = {**scope, "path": path[len(segment) + 1 :] or "/", "root_path": f"/{segment}"}
        return route or self._default, scope


def _route(app: AsgiApp) -> _Route:
    return _Route(app, app.plain if isinstance(app, PlainApp) else _never)


def _never(scope: Scope) -> None:
    del scope
