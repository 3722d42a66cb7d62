"""The REST API: a plain ASGI function over one table of operations.

No web framework stands between the socket and the handler: what is to be parsed here (raw query,
raw body, two headers) a framework would parse twice, and at these rates that costs more than the
order itself.
"""

import itertools
import time as wall
import uuid
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import msgspec

from hypersim.api.asgi import Receive, Scope, Send
from hypersim.api.edge.client import Counted, client_of
from hypersim.api.http.gate import CORS_PUBLIC
from hypersim.api.http.plain import (
    Answer,
    BodyTooLarge,
    ClientGone,
    Header,
    Response,
    read_body,
    send_response,
)
from hypersim.api.traffic import OTHER
from hypersim.dialects.binance.auth import Security, authenticate
from hypersim.dialects.binance.errors.general import BinanceError, not_authorized, unsupported
from hypersim.dialects.binance.errors.parameters import invalid_time_unit
from hypersim.dialects.binance.limits.meters import Meter, Meters
from hypersim.dialects.binance.numbers import TIME_UNITS, TimeUnit
from hypersim.dialects.binance.params.form import (
    read_parameters,
    signed_payloads,
)
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, Operation, Venue, perform

JSON_TYPE = b"application/json;charset=UTF-8"
KEY_HEADER = b"x-mbx-apikey"
UNIT_HEADER = b"x-mbx-time-unit"

VENUE_ELSEWHERE = ("/sapi/", "/fapi/", "/dapi/", "/eapi/", "/papi/")
"""Where the venue serves much that this exchange does not. A 404 there would be a lie, and clients
take it for a network that fails and ask again for ever."""

encode = msgspec.json.Encoder().encode


class Route(NamedTuple):
    """What is served at a path for a method, and what its requests count against."""

    operation: Operation
    meter: Meter
    cors: tuple[Header, ...]
    endpoint: str


class RestApi:
    """Answers HTTP requests."""

    def __init__(self, venue: Venue, operations: tuple[Operation, ...]) -> None:
        self._venue = venue
        self._routes: dict[tuple[str, str], Route] = {}
        meters = Meters(venue.clients)
        for operation in operations:
            cors = CORS_PUBLIC if operation.security is Security.NONE else ()
            for route in operation.rest:
                method, path = route.split(" ")
                assert (method, path) not in self._routes, route
                self._routes[method, path] = Route(operation, meters.of(path), cors, route)
        self._paths = {path for _, path in self._routes}
        self._numbers = itertools.count(1)
        self._run = str(uuid.uuid4())[:24].encode()

    def plain(self, scope: Scope) -> Answer | None:
        """See `PlainApp`."""
        route = self._routes.get((scope["method"], scope["path"]))
        return None if route is None else partial(self._answer, route, scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["method"] == "HEAD" and self.is_public("GET", scope["path"]):
            scope = {**scope, "method": "GET"}
        answer = self.plain(scope)
        if answer is None:
            response = self._no_route(scope["method"], scope["path"])
            traffic, address = self._venue.services.traffic, client_of(scope).address
            begun = traffic.begin()
            traffic.count("binance", OTHER, response.status, begun=begun, client=address)
            await send_response(send, response)
            return
        try:
            limit = self._venue.services.edge.limits.body_bytes
            response = await answer(await read_body(scope, receive, limit))
        except ClientGone:
            return
        except BodyTooLarge:
            response = self._response(413, _spring(413, "Payload Too Large", scope["path"]))
        await send_response(send, response)

    def is_public(self, method: str, path: str) -> bool:
        """See `GuardedApp`."""
        route = self._routes.get((method, path))
        return route is not None and route.operation.security is Security.NONE

    def forbidden(self, path: str, problem: str) -> Response:
        """See `GuardedApp`."""
        del path
        error = not_authorized(problem)
        return self._response(error.status, encode(error.body()))

    async def _answer(self, route: Route, scope: Scope, body: bytes) -> Response:
        venue, (operation, meter, cors, endpoint) = self._venue, route
        traffic, code = venue.services.traffic, 0
        begun = traffic.begin()
        client, begun_ms = client_of(scope), venue.now_ms()
        name, unit_text = _read_headers(scope["headers"])
        who = client.counted_by(venue.services.engine.view.keys, name)
        headers = [*cors]
        try:
            params, weight = self._charge(route, scope["query_string"], body, who)
            call = Call(venue, params, unit=_unit(unit_text), who=who)
            if operation.security is not Security.NONE:
                call.key = authenticate(
                    venue.services,
                    operation.security,
                    params,
                    name=name,
                    payloads=signed_payloads(
                        scope["query_string"], body, is_strict=venue.services.strict_signatures
                    ),
                    address=client.address,
                )
            content, status = encode(await perform(operation, call)), 200
            if operation.is_free_when_done:
                meter.forgive(who, weight, begun_ms, venue.now_ms())
            if operation.orders:
                headers += _order_counts(venue, call.account_id)
        except BinanceError as error:
            if error.retry_at_ms is not None:
                seconds = max(1, -(-(error.retry_at_ms - venue.now_ms()) // 1000))
                headers.append((b"retry-after", b"%d" % seconds))
            content, status, code = encode(error.body()), error.status, error.code
        traffic.count(
            "binance",
            endpoint,
            status,
            begun=begun,
            client=client.address,
            account_id=who.account_id,
            code=code,
        )
        headers += meter.headers(who, venue.now_ms())
        return self._response(status, content, headers)

    def _charge(self, route: Route, query: bytes, body: bytes, who: Counted) -> tuple[Params, int]:
        """Count the request; its parameters and what was charged. What cannot be read weighs as
        much as the lightest. Raises -1003 and -1101."""
        now_ms = self._venue.now_ms()
        try:
            params = Params(read_parameters(query, body), is_lenient=route.operation.is_lenient)
        except BinanceError:
            route.meter.charge(who, 1, now_ms)
            raise
        weight = route.operation.weight_of(params)
        route.meter.charge(who, weight, now_ms)
        return params, weight

    def _no_route(self, method: str, path: str) -> Response:
        if path.startswith(VENUE_ELSEWHERE):
            error = unsupported()
            return self._response(error.status, encode(error.body()))
        if path not in self._paths:
            return self._response(404, _spring(404, "Not Found", path, "No message available"))
        message = f"Request method '{method}' not supported"
        allowed = ", ".join(sorted(known for known, served in self._routes if served == path))
        refusal = _spring(405, "Method Not Allowed", path, message)
        return self._response(405, refusal, [(b"allow", allowed.encode())])

    def _response(self, status: int, body: bytes, headers: Iterable[Header] = ()) -> Response:
        request_id = b"%b%012x" % (self._run, next(self._numbers))
        return Response(status, body, [*headers, (b"x-mbx-uuid", request_id)], JSON_TYPE)


def _read_headers(headers: Iterable[Header]) -> tuple[str, str | None]:
    """(the API key's name, the unit that times are wanted in)"""
    name, unit = "", None
    for header, value in headers:
        if header == KEY_HEADER:
            name = value.decode("latin-1")
        elif header == UNIT_HEADER:
            unit = value.decode("latin-1")
    return name, unit


def _unit(text: str | None) -> TimeUnit:
    if text is None:
        return TimeUnit.MILLISECOND
    unit = TIME_UNITS.get(text)
    if unit is None:
        raise invalid_time_unit()
    return unit


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
