"""The REST API's words: query and body as they came, and weights in every answer."""

import uuid
from collections.abc import Awaitable, Iterable, Mapping

import msgspec

from hypersim.api.http.shell import Served, Shell
from hypersim.api.operation import Security
from hypersim.dialects.binance.auth import authenticate
from hypersim.dialects.binance.errors.general import BinanceError, not_authorized, unsupported
from hypersim.dialects.binance.errors.parameters import invalid_time_unit
from hypersim.dialects.binance.limits.meters import Meter, Meters
from hypersim.dialects.binance.numbers import TIME_UNITS
from hypersim.dialects.binance.orders.named import named
from hypersim.dialects.binance.params.asked import read_asked
from hypersim.dialects.binance.params.form import read_parameters, signed_payloads
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import NAME, Call, Operation, Venue, perform, told
from hypersim.edge.asgi import AsgiApp, Scope, headers_of
from hypersim.edge.client import client_of
from hypersim.edge.gate import CORS_PUBLIC
from hypersim.edge.plain import Header, Response
from hypersim.service.armed import Asked
from hypersim.service.chance import Purpose, source
from hypersim.service.contents import Data

JSON_TYPE = b"application/json;charset=UTF-8"
KEY_HEADER = b"x-mbx-apikey"
UNIT_HEADER = b"x-mbx-time-unit"
_PUBLIC = Security.NONE

VENUE_ELSEWHERE = ("/sapi/", "/fapi/", "/dapi/", "/eapi/", "/papi/")
"""Where the venue serves much that this exchange does not. A 404 there would be a lie, and clients
take it for a network that fails and ask again for ever."""

_GATEWAY = {404: "Not Found", 405: "Method Not Allowed", 413: "Payload Too Large"}
_MESSAGES = {404: "No message available"}

encode = msgspec.json.Encoder().encode


def rest_api(
    venue: Venue, operations: Iterable[Operation], sockets: Mapping[str, AsgiApp] | None = None
) -> Shell[Operation, "RestCall"]:
    """What answers HTTP requests, and hands WebSockets on to `sockets`."""
    return Shell(venue.services, Rest(venue), operations, sockets)


class RestCall(Call):
    """One request over HTTP."""

    __slots__ = ("body", "is_open", "key_name", "meter", "operation", "query", "unit_name")

    def __init__(
        self, venue: Venue, served: Served[Operation], meter: Meter, scope: Scope, body: bytes
    ) -> None:
        super().__init__(venue, client_of(scope), served.endpoint)
        self.operation = served.operation
        self.is_open = served.is_open
        self.meter = meter
        self.query: bytes = scope["query_string"]
        self.body = body
        headers = headers_of(scope)
        self.key_name = headers.get(KEY_HEADER, b"").decode("latin-1")
        unit_name = headers.get(UNIT_HEADER)
        self.unit_name = None if unit_name is None else unit_name.decode("latin-1")
        self.who = self.client.counted_by(self.view.keys, self.key_name)

    def asked(self) -> Asked:
        """See `Call`."""
        try:
            values = read_parameters(self.query, self.body)
        except BinanceError:
            values = {}
        return read_asked(super().asked(), self.view, self.key_name, values)

    def reads(self) -> Data | None:
        """See `Call`."""
        return self.operation.reads


class Rest:
    """See `HttpWords`."""

    name = NAME

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._meters = Meters(venue.clients)
        self._numbers = source().numbers(Purpose.ANSWER)
        run = uuid.UUID(bytes=source().once(Purpose.ANSWER, 16), version=4)
        self._run = str(run)[:24].encode()

    def receive(
        self, served: Served[Operation], argument: str, scope: Scope, body: bytes
    ) -> RestCall:
        """See `HttpWords`."""
        del argument
        return RestCall(self._venue, served, self._meters.of(scope["path"]), scope, body)

    def charge(self, call: RestCall) -> None:
        """Raises -1003 and -1101. What cannot be read weighs as much as the lightest."""
        operation = call.operation
        try:
            values = read_parameters(call.query, call.body)
        except BinanceError:
            call.meter.charge(call.who, 1, call.arrived_ms)
            raise
        call.params = Params(values, is_lenient=operation.is_lenient)
        call.weight = operation.weight_of(call.params)
        call.meter.charge(call.who, call.weight, call.arrived_ms)

    def authenticate(self, call: RestCall) -> None:
        """Raises -1194, -1021, -1022 and those of keys and parameters."""
        if call.unit_name is not None:
            if call.unit_name not in TIME_UNITS:
                raise invalid_time_unit()
            call.unit = TIME_UNITS[call.unit_name]
        if call.operation.security is _PUBLIC:
            return
        is_strict = call.services.strict_signatures
        call.key = authenticate(
            call.services,
            call.operation.security,
            call.params,
            name=call.key_name,
            payloads=signed_payloads(call.query, call.body, is_strict=is_strict),
            address=call.client.address,
            now_ms=call.arrived_ms,
        )

    named = staticmethod(named)

    def perform(self, call: RestCall) -> Awaitable[object]:
        """See `Steps`."""
        return perform(call.operation, call)

    def answer(self, call: RestCall, result: object) -> Response:
        """See `Steps`."""
        operation = call.operation
        headers: list[Header] = []
        if operation.is_free_when_done:
            call.meter.forgive(call.who, call.weight, call.arrived_ms)
        if operation.orders:
            short, day = self._venue.order_counts.counts(call.account_id, call.arrived_ms)
            headers.append((b"x-mbx-order-count-10s", b"%d" % short))
            headers.append((b"x-mbx-order-count-1d", b"%d" % day))
        return self._metered(call, encode(result), headers)

    def refuse(self, call: RestCall, failure: Exception) -> Response:
        """See `Steps`."""
        error = told(call, failure)
        headers: list[Header] = []
        if error.retry_at_ms is not None:
            seconds = max(1, -(-(error.retry_at_ms - call.arrived_ms) // 1000))
            headers.append((b"retry-after", b"%d" % seconds))
        return self._metered(call, encode(error.body()), headers)

    def turn_away(
        self, status: int, method: str, path: str, detail: str, allowed: Iterable[str] = ()
    ) -> Response:
        """See `HttpWords`."""
        if status == 403 or (status in (404, 405) and path.startswith(VENUE_ELSEWHERE)):
            error = not_authorized(detail) if status == 403 else unsupported()
            return self._response(error.status, encode(error.body()), [])
        headers: list[Header] = []
        message = _MESSAGES.get(status, "")
        if status == 405:
            headers = [(b"allow", ", ".join(allowed).encode())]
            message = f"Request method '{method}' not supported"
        now_ms = self._venue.services.engine.clock.now_ms()
        return self._response(status, _spring(status, path, message, now_ms), headers)

    def _metered(self, call: RestCall, body: bytes, headers: list[Header]) -> Response:
        if call.is_open:
            headers = [*CORS_PUBLIC, *headers]
        headers += call.meter.headers(call.who, call.arrived_ms)
        return self._response(call.status, body, headers)

    def _response(self, status: int, body: bytes, headers: list[Header]) -> Response:
        """Adds a header to them."""
        headers.append((b"x-mbx-uuid", b"%b%012x" % (self._run, next(self._numbers))))
        return Response(status, body, headers, JSON_TYPE)


def _spring(status: int, path: str, message: str, now_ms: int) -> bytes:
    """How Binance's gateway answers what never reaches the API."""
    error = _GATEWAY[status]
    body = {
        "timestamp": now_ms,
        "status": status,
        "error": error,
        "message": message or error,
        "path": path,
    }
    return encode(body)
