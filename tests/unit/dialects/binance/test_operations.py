"""Every operation that there is, by the rules that all keep."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from hypersim.account.user import Permission, Secret
from hypersim.api.operation import Security
from hypersim.dialects.binance.app.rest import rest_api
from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.errors.general import BinanceError, no_such_order
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, Operation, Venue, perform
from hypersim.service.demo import seed_demo
from hypersim.service.record import RecordLost, RecordUnavailable
from hypersim.trading.account_commands import IssueKey
from tests.support.binance_calls import call_of
from tests.support.binance_client import now_ms, signature_of
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.server import DEMO_KEY, DEMO_SECRET

STRICT = [one for one in OPERATIONS if not one.is_lenient and one.rest]
SIGNED = [one for one in OPERATIONS if one.rest and one.security is not Security.NONE]

LIKELY = {
    "symbol": "BTCUSDT",
    "interval": "1m",
    "fromId": "1",
}
"""What some operations cannot do without."""


def named(operation: Operation) -> str:
    return operation.rest[0] if operation.rest else operation.methods[0]


@pytest.fixture
async def exchange() -> AsyncIterator[MemoryExchange]:
    async with memory_exchange() as running:
        await seed_demo(running.engine)
        yield running


def client_of(exchange: MemoryExchange, *operations: Operation) -> httpx.AsyncClient:
    api: Any = rest_api(Venue(exchange.services), operations or OPERATIONS)
    return httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://binance")


def signed(query: str = "", *, timestamp: int | None = None, secret: str = DEMO_SECRET) -> str:
    stamp = now_ms() if timestamp is None else timestamp
    payload = f"{query}&timestamp={stamp}" if query else f"timestamp={stamp}"
    return f"{payload}&signature={signature_of(secret, payload)}"


def test_no_route_and_no_method_is_there_twice() -> None:
    routes = [route for one in OPERATIONS for route in one.rest]
    methods = [method for one in OPERATIONS for method in one.methods]
    assert len(routes) == len(set(routes))
    assert len(methods) == len(set(methods))
    assert all(one.rest or one.methods for one in OPERATIONS)


@pytest.mark.parametrize("operation", STRICT, ids=named)
async def test_a_parameter_that_nobody_knows_is_refused(
    exchange: MemoryExchange, operation: Operation
) -> None:
    venue = Venue(exchange.services)
    key = exchange.engine.view.keys[DEMO_KEY]
    call = call_of(venue, Params({**LIKELY, "bogus": "1"}), key)
    with pytest.raises(BinanceError) as caught:
        await perform(operation, call)
    assert caught.value.code in (-1104, -1101, -1102, -1128), caught.value.msg


@pytest.mark.parametrize("operation", SIGNED, ids=named)
async def test_who_does_not_say_who_they_are_is_refused(
    exchange: MemoryExchange, operation: Operation
) -> None:
    method, path = operation.rest[0].split(" ")
    async with client_of(exchange) as client:
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, -2014)
        answer = await client.request(method, path, headers={"X-MBX-APIKEY": "nobody"})
        assert (answer.status_code, answer.json()["code"]) == (401, -2015)
        if operation.security is Security.KEY:
            return
        answer = await client.request(
            method, f"{path}?{signed(secret='wrong')}", headers={"X-MBX-APIKEY": DEMO_KEY}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, -1022)


async def whoami(call: Call) -> object:
    call.params.take("note")
    call.params.take("list")
    call.params.done()
    return {"account": call.account_id}


READ = Operation(whoami, rest=("GET /who", "POST /who", "DELETE /who"), security=Security.READ)
TRADE = Operation(whoami, rest=("POST /trade",), security=Security.TRADE, orders=1)
HEADERS = {"X-MBX-APIKEY": DEMO_KEY}


async def test_a_signed_request_may_be_spread_over_query_and_body(
    exchange: MemoryExchange,
) -> None:
    stamp = now_ms()
    query, body = f"timestamp={stamp}", "note=x"
    signature = signature_of(DEMO_SECRET, query + body)
    async with client_of(exchange, READ) as client:
        for method in ("POST", "DELETE"):
            for kind in ("application/json", "application/octet-stream", "", "text/plain"):
                answer = await client.request(
                    method,
                    f"/who?{query}",
                    content=f"{body}&signature={signature}",
                    headers={**HEADERS, "Content-Type": kind},
                )
                assert answer.json() == {"account": 1}, answer.text
        answer = await client.get(f"/who?{query}&signature={signature}", headers=HEADERS)
        assert answer.json()["code"] == -1022


async def test_what_was_signed_before_it_was_encoded_is_accepted(
    exchange: MemoryExchange,
) -> None:
    payload = f'list=["A","B"]&timestamp={now_ms()}'
    signature = signature_of(DEMO_SECRET, payload)
    encoded = payload.replace("[", "%5B").replace("]", "%5D").replace('"', "%22")
    async with client_of(exchange, READ) as client:
        answer = await client.get(f"/who?{encoded}&signature={signature}", headers=HEADERS)
        assert answer.json() == {"account": 1}


async def test_timestamps_must_be_fresh(exchange: MemoryExchange) -> None:
    async with client_of(exchange, READ) as client:

        async def ask(query: str = "", *, timestamp: int) -> tuple[int, str]:
            target = f"/who?{signed(query, timestamp=timestamp)}"
            body = (await client.get(target, headers=HEADERS)).json()
            return body.get("code", 0), body.get("msg", "")

        now = now_ms()
        assert (await ask(timestamp=now))[0] == 0
        assert (await ask(timestamp=now * 1000))[0] == 0
        assert (await ask("recvWindow=6000.346", timestamp=now - 5_500))[0] == 0
        code, msg = await ask(timestamp=now - 5_500)
        assert (code, msg) == (
            -1021,
            "Timestamp for this request is outside of the recvWindow.",
        )
        code, msg = await ask(timestamp=now + 5_000)
        assert (code, msg) == (
            -1021,
            "Timestamp for this request was 1000ms ahead of the server's time.",
        )
        assert (await ask("recvWindow=60001", timestamp=now))[0] == -1131
        assert (await ask("recvWindow=1.2345", timestamp=now))[0] == -1111
        assert (await ask("recvWindow=x", timestamp=now))[0] == -1100


async def test_signature_and_timestamp_are_mandatory(exchange: MemoryExchange) -> None:
    async with client_of(exchange, READ) as client:
        for query, missing in (("timestamp=1", "signature"), ("signature=x", "timestamp")):
            body = (await client.get(f"/who?{query}", headers=HEADERS)).json()
            assert body["code"] == -1102
            assert f"'{missing}'" in body["msg"]


async def test_keys_are_held_to_their_permissions_and_addresses(
    exchange: MemoryExchange,
) -> None:
    for name, permission, addresses in (
        ("reader", Permission.READ, ()),
        ("elsewhere", Permission.TRADE, ("192.0.2.7",)),
        ("trader", Permission.TRADE, ("127.0.0.0/8",)),
    ):
        await exchange.done(
            IssueKey(
                1,
                name,
                Secret(DEMO_SECRET),
                permissions=frozenset({permission}),
                allowed_ips=addresses,
            )
        )
    async with client_of(exchange, TRADE) as client:
        for name, code in (("reader", -2015), ("elsewhere", -2015), ("trader", None)):
            headers = {"X-MBX-APIKEY": name}
            answer = await client.post("/trade", content=signed(), headers=headers)
            assert answer.json().get("code") == code


async def test_orders_are_counted_and_given_back_when_refused(exchange: MemoryExchange) -> None:
    async def refuse(call: Call) -> object:
        call.params.done()
        raise no_such_order()

    refused = Operation(refuse, rest=("POST /refused",), security=Security.TRADE, orders=2)
    async with client_of(exchange, TRADE, refused) as client:
        answer = await client.post("/trade", content=signed(), headers=HEADERS)
        assert answer.headers["x-mbx-order-count-10s"] == "1"
        answer = await client.post("/refused", content=signed(), headers=HEADERS)
        assert answer.json() == {"code": -2013, "msg": "Order does not exist."}
        answer = await client.post("/trade", content=signed(), headers=HEADERS)
        assert answer.headers["x-mbx-order-count-1d"] == "2"


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(RecordUnavailable, 503, -1001), (RecordLost, 504, -1007), (ZeroDivisionError, 500, -1000)],
)
async def test_failures_have_their_codes_and_say_nothing_else(
    exchange: MemoryExchange, failure: type[Exception], status: int, code: int
) -> None:
    async def fail(call: Call) -> object:
        del call
        raise failure("secret detail")

    async with client_of(exchange, Operation(fail, rest=("GET /fail",))) as client:
        answer = await client.get("/fail")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "secret" not in answer.text


async def test_unknown_paths_and_methods_get_the_gateway_s_answer(
    exchange: MemoryExchange,
) -> None:
    async with client_of(exchange) as client:
        answer = await client.get("/api/v3/nothing/here")
        body = answer.json()
        assert answer.status_code == body["status"] == 404
        assert (body["error"], body["path"]) == ("Not Found", "/api/v3/nothing/here")
        answer = await client.post("/api/v3/ping")
        assert answer.status_code == answer.json()["status"] == 405
        assert answer.headers["allow"] == "GET"
        assert answer.headers["content-type"].startswith("application/json")
        answer = await client.post("/api/v3/ping", content=b"x" * 100_000)
        assert answer.status_code == 405


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("api", ["sapi/v1", "sapi/v2", "fapi/v1", "dapi/v1", "eapi/v1", "papi/v1"])
async def test_what_only_the_venue_serves_is_refused_for_good(
    exchange: MemoryExchange, api: str, method: str
) -> None:
    async with client_of(exchange) as client:
        answer = await client.request(method, f"/{api}/nothing/here")
        # A 404 clients would take for a network that fails, and ask again.
        assert (answer.status_code, answer.json()["code"]) == (400, -1020)


async def test_answers_have_the_venue_s_headers(exchange: MemoryExchange) -> None:
    async with client_of(exchange) as client:
        first, second = [await client.get("/api/v3/ping") for _ in range(2)]
        assert first.headers["content-type"] == "application/json;charset=UTF-8"
        assert first.headers["access-control-allow-origin"] == "*"
        ids = {one.headers["x-mbx-uuid"] for one in (first, second)}
        assert all(str(uuid.UUID(one)) == one for one in ids)
        assert len(ids) == 2
    async with client_of(exchange, READ) as client:
        # What is somebody's is not for every page.
        assert "access-control-allow-origin" not in (await client.post("/who")).headers


async def test_a_body_can_be_too_large(exchange: MemoryExchange) -> None:
    async with client_of(exchange, READ) as client:
        answer = await client.post("/who", content=b"x" * 100_000, headers=HEADERS)
        assert answer.status_code == 413
