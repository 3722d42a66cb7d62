"""ASGI's shapes, as the server, the gate and every dialect speak it."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS = "hypersim.headers"
"""In a scope: its headers by name."""


IS_GONE = "hypersim.is_gone"
"""In the scope of a request over HTTP: a function that tells whether its client has hung up."""


def has_hung_up(scope: Scope) -> Callable[[], bool]:
    """Tells whether the client is away; under another server it never seems to be."""
    found: Callable[[], bool] = scope.get(IS_GONE, _is_here)
    return found


def _is_here() -> bool:
    return False


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """By name, in small letters; of a name that is there twice, the last."""
    found: Mapping[bytes, bytes] | None = scope.get(HEADERS)
    if found is None:
        found = scope[HEADERS] = dict(scope["headers"])
    return found
