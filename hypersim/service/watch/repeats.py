"""Whether a client asks the same again."""

from collections.abc import Hashable

from hypersim.service.watch.requests import Request

CHANGING = ("timestamp", "recvwindow", "nonce", "clientorderid")
"""What has one of these in its name is another one each time."""


def what_is_asked(request: Request) -> Hashable:
    """The same for two requests that ask the same."""
    sent = request.sent
    kept = [
        pair for pair in request.parameters if not any(word in pair[0].lower() for word in CHANGING)
    ]
    return sent.method, sent.path, tuple(sorted(kept))
