"""What ASGI keeps from an app, between it and the server beneath."""

from collections.abc import Callable
from enum import IntEnum

from hypersim.edge.asgi import Scope

EXTENSION = "hypersim.control"
"""Where it is among the scope's extensions."""


def _ignore() -> None:
    return


class CloseCode(IntEnum):
    """Why a socket is closed (RFC 6455, section 7.4)."""

    NORMAL = 1000
    POLICY_VIOLATION = 1008
    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013


class Control:
    """An app sets what it wants to hear of. `on_frame` is called for every ping and pong from the
    client, `last_words` may make a text frame that is sent before the server goes. A server that
    `takes_utf8` takes a list of texts, each as the bytes that go over the wire. One that
    `is_frozen` neither hears nor says anything, no ping either, until the client is gone."""

    def __init__(self, *, takes_utf8: bool = False) -> None:
        self.takes_utf8 = takes_utf8
        self.is_frozen = False
        self.on_frame: Callable[[], object] = _ignore
        self.last_words: Callable[[], bytes | None] = _ignore


def control_of(scope: Scope) -> Control:
    """The connection's; under another server, one that never calls anybody."""
    found = scope.get("extensions", {}).get(EXTENSION, {}).get("control")
    return found if isinstance(found, Control) else Control()
