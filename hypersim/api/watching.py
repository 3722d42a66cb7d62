"""A request as the watch sees it."""

from collections.abc import Iterable, Sequence
from typing import Final

from hypersim.api.call import Call
from hypersim.edge.asgi import Scope, has_hung_up
from hypersim.service.armed import Asked
from hypersim.service.contents import Named, Sent
from hypersim.service.watch.watch import Watch
from hypersim.trading.rejections import Rejected

FAILED: Final = 500
"""From this status on an answer does not say what became of the request."""


def sent_over_http(scope: Scope, body: bytes) -> Sent:
    """What came."""
    gone = has_hung_up(scope)
    return Sent(scope["method"], scope["path"], scope["query_string"], body, gone)


class Witness:
    """Sees a request through its steps. `result` is what the client is about to be told, or what
    was raised; it `is_readable` unless a fault spoils it."""

    def __init__(self, watch: Watch, call: Call, asked: Asked, faults: Sequence[str]) -> None:
        self._watch = watch
        self._call = call
        self._request = call.seen = watch.asked(asked, call.sent(), call.client.address)
        self._request.faults = faults
        self.result: object = None
        self.is_readable = True

    def lost(self) -> None:
        """There will be no answer."""
        request, call = self._request, self._call
        request.is_withheld = True
        self._watch.ended(request, (), call.reads())

    def answered(self, named: Iterable[Named]) -> None:
        """This is the answer, which names these orders, if the client is still there to hear it."""
        request, call = self._request, self._call
        request.has_hung_up = is_gone = request.sent.is_gone()
        if not is_gone:
            request.status, request.code = call.status, str(call.code)
        request.retry_at_ms = call.retry_at_ms
        if call.rejection is not None:
            self._watch.outcome(request, Rejected(call.rejection, str(self.result)))
        request.is_withheld = is_gone or call.status >= FAILED or not self.is_readable
        self._watch.ended(request, named, call.reads())
