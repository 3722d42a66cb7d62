"""Whether a client asks the same again."""

from collections.abc import Hashable
from functools import lru_cache

from hypersim.service.watch.parameters import NAMES_KEPT
from hypersim.service.watch.requests import Request

CHANGING = ("timestamp", "recvwindow", "nonce", "clientorderid")
"""What has one of these in its name is another one each time."""


def what_is_asked(request: Request) -> Hashable:
    """The same for two requests that ask the same."""
    sent = request.sent
    kept = [pair for pair in request.parameters if not _changes(pair[0])]
    return sent.method, sent.path, tuple(sorted(kept))


@lru_cache(NAMES_KEPT)
def _changes(name: str) -> bool:
    word = name.lower()
    return any(part in word for part in CHANGING)
