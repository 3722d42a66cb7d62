"""The steps of a request, and all that is served."""

from collections.abc import Awaitable, Iterable

from hypersim.api.dialect import Mounted
from hypersim.api.http.shell import Served, Shell
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.edge.asgi import Scope
from hypersim.edge.client import client_of
from hypersim.edge.plain import Response
from tests.support.tiny_dialect import market, orders
from tests.support.tiny_dialect.streams import serve
from tests.support.tiny_dialect.venue import Call, Operation, TinyError, encode, error_of, key_of


def build(services: Services) -> Mounted:
    socket, background = serve(services)
    operations = (*market.OPERATIONS, *orders.OPERATIONS)
    return Mounted(Shell(services, Rest(services), operations, {"t1": socket}), background)


class Rest:
    """See `HttpWords`."""

    name = Call.dialect

    def __init__(self, services: Services) -> None:
        self._services = services

    def receive(self, served: Served[Operation], argument: str, scope: Scope, body: bytes) -> Call:
        call = Call(self._services, client_of(scope), served.endpoint)
        call.operation, call.argument = served.operation, argument
        call.scope, call.body = scope, body
        return call

    def charge(self, call: Call) -> None:
        wait_ms = call.services.limiter.take(call.who.name, call.arrived_ms, width=call.who.width)
        if wait_ms:
            raise TinyError(429, "too-many-requests", "Wait", -(-wait_ms // 1_000))

    def authenticate(self, call: Call) -> None:
        security, scope = call.operation.security, call.scope
        if security is not Security.NONE:
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            key, time, sign = (headers.get(name, "") for name in (b"t-key", b"t-time", b"t-sign"))
            signed = scope["method"].encode() + scope["raw_path"] + call.body
            call.key = key_of(call.services, call.client, (key, time, sign), signed, security)

    def perform(self, call: Call) -> Awaitable[object]:
        return call.operation.handler(call)

    def answer(self, call: Call, result: object) -> Response:
        return Response(call.status, encode(result))

    named = staticmethod(lambda _: ())

    def refuse(self, call: Call, failure: Exception) -> Response:
        error = error_of(failure)
        call.status, call.code = error.status, error.code
        headers = [(b"retry-after", b"%d" % error.wait_s)] if error.wait_s else ()
        return Response(error.status, encode(error.body()), headers)

    def turn_away(
        self, status: int, method: str, path: str, detail: str, allowed: Iterable[str] = ()
    ) -> Response:
        return Response(status, encode(TinyError(status, f"http_{status}", detail).body()))
