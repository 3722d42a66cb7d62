"""The root of the server: one table from the first path segment to the app that answers it.

A plain ASGI function, as a web framework around web frameworks costs every request a tenth of its
time.
"""

from collections.abc import Mapping

from hypersim.api.dialect import AsgiApp, Receive, Scope, Send


class PathRouter:
    """Sends `/v1/…` to the app that serves `v1`.

    A mounted prefix is taken off the path; `raw_path` keeps it, as clients sign what they sent.
    """

    def __init__(
        self, segments: Mapping[str, AsgiApp], mounts: Mapping[str, AsgiApp], default: AsgiApp
    ) -> None:
        self._segments = dict(segments)
        self._mounts = dict(mounts)
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path: str = scope["path"]
        end = path.find("/", 1)
        segment = path[1:] if end < 0 else path[1:end]
        app = self._segments.get(segment)
        if app is None and segment in self._mounts:
            app = self._mounts[segment]
            scope = {**scope, "path": path[len(segment) + 1 :] or "/", "root_path": f"/{segment}"}
        await (app or self._default)(scope, receive, send)
