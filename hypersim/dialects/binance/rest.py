"""The REST API: a plain ASGI function over one table of operations.

No web framework stands between the socket and the handler: what is to be parsed here (raw query,
raw body, two headers) a framework would parse twice, and at these rates that costs more than the
order itself.
"""

import time as wall
from functools import partial

import msgspec

from hypersim.api.dialect import Receive, Scope, Send
from hypersim.api.plain_http import (
    Answer,
    BodyTooLarge,
    ClientGone,
    Header,
    Response,
    read_body,
    send_response,
)
from hypersim.dialects.binance.auth import Security, authenticate
from hypersim.dialects.binance.connections import address_of
from hypersim.dialects.binance.errors import BinanceError, invalid_time_unit
from hypersim.dialects.binance.operations import Call, Operation, Venue, perform
from hypersim.dialects.binance.params import Params
from hypersim.dialects.binance.request import (
    BODY_BYTES_MAX,
    read_parameters,
    signed_payloads,
)
from hypersim.dialects.binance.text import TIME_UNITS, TimeUnit

KEY_HEADER = b"x-mbx-apikey"
UNIT_HEADER = b"x-mbx-time-unit"
WALLET = "/sapi/"

encode = msgspec.json.Encoder().encode


class RestApi:
    """Answers HTTP requests."""

    def __init__(self, venue: Venue, operations: tuple[Operation, ...]) -> None:
        self._venue = venue
        self._routes: dict[tuple[str, str], Operation] = {}
        for operation in operations:
            for route in operation.rest:
                method, path = route.split(" ")
                assert (method, path) not in self._routes, route
                self._routes[method, path] = operation
        self._paths = {path for _, path in self._routes}

    def plain(self, scope: Scope) -> Answer | None:
        """See `PlainApp`."""
        operation = self._routes.get((scope["method"], scope["path"]))
        return None if operation is None else partial(self._answer, operation, scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        answer = self.plain(scope)
        if answer is None:
            await send_response(send, self._no_route(scope["method"], scope["path"]))
            return
        try:
            response = await answer(await read_body(receive, BODY_BYTES_MAX))
        except ClientGone:
            return
        except BodyTooLarge:
            response = Response(413, _spring(413, "Payload Too Large", scope["path"]))
        await send_response(send, response)

    async def _answer(self, operation: Operation, scope: Scope, body: bytes) -> Response:
        venue = self._venue
        address = address_of(scope)
        headers: list[Header] = []
        try:
            call = self._call(operation, scope, body, address, headers)
            content = encode(await perform(operation, call))
            if operation.orders:
                headers += _order_counts(venue, call.account_id)
        except BinanceError as error:
            if error.retry_at_ms is not None:
                seconds = max(1, -(-(error.retry_at_ms - venue.now_ms()) // 1000))
                headers.append((b"retry-after", b"%d" % seconds))
            return Response(error.status, encode(error.body()), headers)
        return Response(200, content, headers)

    def _call(
        self,
        operation: Operation,
        scope: Scope,
        body: bytes,
        address: str,
        headers: list[Header],
    ) -> Call:
        venue, query = self._venue, scope["query_string"]
        try:
            params = Params(read_parameters(query, body), is_lenient=operation.is_lenient)
        except BinanceError:
            headers += self._charge(address, scope["path"], 1)
            raise
        headers += self._charge(address, scope["path"], operation.weight_of(params))
        name, unit = _read_headers(scope["headers"])
        call = Call(venue, params, address=address, unit=unit)
        if operation.security is not Security.NONE:
            call.key = authenticate(
                venue.services,
                operation.security,
                params,
                name=name,
                payloads=signed_payloads(query, body),
                address=address,
            )
        return call

    def _charge(self, address: str, path: str, weight: int) -> list[Header]:
        """Count the request; what the client is told of its use. Raises -1003."""
        addresses, now_ms = self._venue.addresses, self._venue.now_ms()
        if path.startswith(WALLET):
            used = b"%d" % addresses.charge_wallet(address, path, weight, now_ms)
            return [(b"x-sapi-used-ip-weight-1m", used)]
        used = b"%d" % addresses.charge(address, weight, now_ms)
        return [(b"x-mbx-used-weight", used), (b"x-mbx-used-weight-1m", used)]

    def _no_route(self, method: str, path: str) -> Response:
        if path not in self._paths:
            return Response(404, _spring(404, "Not Found", path, "No message available"))
        message = f"Request method '{method}' not supported"
        allowed = ", ".join(sorted(known for known, route in self._routes if route == path))
        refusal = _spring(405, "Method Not Allowed", path, message)
        return Response(405, refusal, [(b"allow", allowed.encode())])


def _read_headers(headers: list[Header]) -> tuple[str, TimeUnit]:
    name, unit = "", TimeUnit.MILLISECOND
    for header, value in headers:
        if header == KEY_HEADER:
            name = value.decode("latin-1")
        elif header == UNIT_HEADER:
            wanted = TIME_UNITS.get(value.decode("latin-1"))
            if wanted is None:
                raise invalid_time_unit()
            unit = wanted
    return name, unit


def _order_counts(venue: Venue, account_id: int) -> list[Header]:
    short, day = venue.order_counts.counts(account_id, venue.now_ms())
    return [
        (b"x-mbx-order-count-10s", b"%d" % short),
        (b"x-mbx-order-count-1d", b"%d" % day),
    ]


def _spring(status: int, error: str, path: str, message: str = "") -> bytes:
    """How Binance's gateway answers what never reaches the API."""
    body = {
        "timestamp": wall.time_ns() // 1_000_000,
        "status": status,
        "error": error,
        "message": message or error,
        "path": path,
    }
    return encode(body)
