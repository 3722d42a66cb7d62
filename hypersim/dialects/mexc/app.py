"""The dialect as one ASGI app, and the steps of its requests in MEXC's words."""

from collections.abc import Awaitable, Iterable

import msgspec

from hypersim.api.dialect import Mounted
from hypersim.api.http.shell import Served, Shell
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.dialects.mexc import account, market
from hypersim.dialects.mexc.auth import check_signed, usable_key
from hypersim.dialects.mexc.errors import MexcError, access_denied, unsupported
from hypersim.dialects.mexc.orders import OPERATIONS as ORDERS
from hypersim.dialects.mexc.orders.bodies import named
from hypersim.dialects.mexc.params import Params, Sent
from hypersim.dialects.mexc.streams.server import StreamServer
from hypersim.dialects.mexc.venue import NAME, Call, Operation, Venue, told
from hypersim.edge.asgi import Scope, headers_of
from hypersim.edge.client import client_of
from hypersim.edge.gate import CORS_PUBLIC
from hypersim.edge.plain import Header, Response

KEY_HEADER = b"x-mexc-apikey"

OPERATIONS: tuple[Operation, ...] = (
    *market.OPERATIONS,
    *ORDERS,
    *account.OPERATIONS,
)

DOCUMENTED = ("/api/v3/sub-account/", "/api/v3/rebate/", "/api/v3/broker/", "/api/v3/etf/")
DOCUMENTED_WALLET = ("/api/v3/capital/", "/api/v3/asset/", "/api/v3/strategy/", "/api/v3/mxDeduct/")
"""Where the venue serves much that this exchange does not. A 404 there would be a lie, and clients
take it for a network that fails."""

CONTRACTS = "/api/v1/"
"""The futures, of which there are none, have an error body of their own."""

_NO_CONTRACTS = {
    "success": False,
    "code": 511,
    "message": "You do not have access to the interface",
}

_PUBLIC = Security.NONE

encode = msgspec.json.Encoder().encode


def build(services: Services) -> Mounted:
    """The app."""
    venue = Venue(services)
    streams = StreamServer(venue)
    sockets = {"ws": streams.serve}
    return Mounted(Shell(services, Rest(venue), OPERATIONS, sockets), streams.background)


class Rest:
    """See `HttpWords`."""

    name = NAME

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def receive(self, served: Served[Operation], argument: str, scope: Scope, body: bytes) -> Call:
        """See `HttpWords`."""
        del argument
        key_name = headers_of(scope).get(KEY_HEADER, b"").decode("latin-1")
        call = Call(self._venue, client_of(scope), served.endpoint, key_name)
        call.operation, call.is_open = served.operation, served.is_open
        call.sent_as = Sent(scope["query_string"], body)
        return call

    def charge(self, call: Call) -> None:
        """Raises 429 and 33333. What cannot be read weighs as much as the lightest."""
        try:
            call.values = call.sent_as.values()
            call.params = Params(call.values)
        finally:
            weight = call.operation.weight_of(call.params)
            self._venue.clients.charge(call.who, weight, call.arrived_ms)

    def authenticate(self, call: Call) -> None:
        """Raises what `auth` raises, and 429."""
        operation = call.operation
        if operation.security is _PUBLIC:
            return
        key = usable_key(call.services, call.key_name, call.client, operation.security)
        check_signed(call.services, key, call.sent_as, call.values, call.arrived_ms)
        call.key = key
        if operation.account_weight:
            weight = operation.account_weight
            self._venue.clients.charge_account(key.account_id, weight, call.arrived_ms)

    named = staticmethod(named)

    def perform(self, call: Call) -> Awaitable[object]:
        """See `Steps`."""
        return call.operation.handler(call)

    def answer(self, call: Call, result: object) -> Response:
        """See `Steps`."""
        return Response(call.status, encode(result), CORS_PUBLIC if call.is_open else ())

    def refuse(self, call: Call, failure: Exception) -> Response:
        """See `Steps`."""
        error = told(call, failure)
        headers: list[Header] = [*CORS_PUBLIC] if call.is_open else []
        if error.wait_ms:
            headers.append((b"retry-after", b"%d" % -(-error.wait_ms // 1_000)))
        return self._refusal(error, headers)

    def turn_away(
        self, status: int, method: str, path: str, detail: str, allowed: Iterable[str] = ()
    ) -> Response:
        """See `HttpWords`."""
        del method
        if status == 403:
            return self._refusal(access_denied(detail))
        if status in (404, 405) and path.startswith(CONTRACTS):
            return Response(200, encode(_NO_CONTRACTS))
        if status == 404 and path.startswith((*DOCUMENTED, *DOCUMENTED_WALLET)):
            return self._refusal(unsupported())
        headers = [(b"allow", ", ".join(allowed).encode())] if status == 405 else []
        return self._refusal(MexcError(status, detail, status), headers)

    def _refusal(self, error: MexcError, headers: Iterable[Header] = ()) -> Response:
        code, msg = error.told(like_binance=self._venue.like_binance)
        return Response(error.status, encode({"code": code, "msg": msg}), headers)
