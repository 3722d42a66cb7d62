"""Every fault of a request, in every dialect, over REST and the WebSocket API: what the client is
told, and whether the order was placed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.conformance.faults.roads import NO_WEBSOCKET_API
from tests.support.asgi_peer import Peer, scope_of
from tests.support.binance_client import signature_of
from tests.support.dialects.stand import ALICE, BOB, RESTING, Stand
from tests.support.dialects.words import Trader, Wanted

GONE = None
"""No answer: the connection is closed."""
UNREADABLE = "unreadable"


class Told(NamedTuple):
    """What the client branches on: (status, code) by dialect, and whether the order is there."""

    native: Any
    binance: Any
    mexc: Any
    is_done: bool


OK = (200, None)
TABLE: list[tuple[dict[str, Any], Told]] = [
    ({"delayMs": 700}, Told((201, None), OK, OK, True)),
    ({"delayMs": {"median": 500, "sigma": 0.5}}, Told((201, None), OK, OK, True)),
    ({"delayMs": 700, "when": "after"}, Told((201, None), OK, OK, True)),
    ({"delayWallMs": 1}, Told((201, None), OK, OK, True)),
    ({"drop": True}, Told(GONE, GONE, GONE, False)),
    ({"dropAfter": True}, Told(GONE, GONE, GONE, True)),
    ({"status": 502}, Told((502, "INTERNAL_ERROR"), (502, -1000), (502, 500), False)),
    ({"status": 502, "body": "html"}, Told(UNREADABLE, UNREADABLE, UNREADABLE, False)),
    (
        {"rateLimit": {"retryAfterS": 7}},
        Told((429, "RATE_LIMIT_EXCEEDED"), (429, -1003), (429, 429), False),
    ),
    ({"maintenance": True}, Told((503, "SERVICE_UNAVAILABLE"), (503, -1016), (503, 801), False)),
    ({"timeSkewMs": 90_000}, Told((401, "INVALID_SIGNATURE"), (400, -1021), (400, 700003), False)),
    ({"unknownOutcome": True}, Told((503, "SERVICE_UNAVAILABLE"), (504, -1007), (504, 504), True)),
    ({"garbage": "cut"}, Told(UNREADABLE, UNREADABLE, UNREADABLE, True)),
    ({"garbage": "text"}, Told(UNREADABLE, UNREADABLE, UNREADABLE, True)),
]


@pytest.mark.parametrize(("do", "told"), TABLE, ids=lambda one: str(one)[:60])
async def test_over_rest(stand: Stand, do: dict[str, Any], told: Told) -> None:
    name = stand.adapter.dialect.name
    await arm(stand, {"do": do, "match": {"dialect": name, "times": 1, "method": "POST"}})
    answer = await on_time(stand, lambda: over_rest(stand))
    assert answer == getattr(told, name)
    await has_order(stand, is_there=told.is_done)
    # Once is once.
    assert (await over_rest(stand, "again"))[0] in (200, 201)


@pytest.mark.parametrize(("do", "told"), TABLE, ids=lambda one: str(one)[:60])
async def test_over_the_websocket_api(stand: Stand, do: dict[str, Any], told: Told) -> None:
    name = stand.adapter.dialect.name
    if name in NO_WEBSOCKET_API:
        pytest.skip(NO_WEBSOCKET_API[name])
    await arm(stand, {"do": do, "match": {"method": "order.place", "symbol": "BTC/USDT"}})
    answer = await on_time(stand, lambda: over_websocket(stand))
    assert answer == getattr(told, name)
    await has_order(stand, is_there=told.is_done)


async def test_rate_limits_say_when_to_ask_again_and_ban_in_the_end(stand: Stand) -> None:
    async def status(trader: Trader) -> tuple[int, str]:
        answer = await stand.ask(stand.adapter.balances(stand.signer(trader)))
        return answer.status, answer.headers.get("retry-after", "")

    fault: dict[str, Any] = {
        "do": {"rateLimit": {"retryAfterS": 7, "banAfter": 2}},
        "match": {"times": 3},
    }
    fault["match"]["key"] = ALICE.key
    await arm(stand, fault)
    assert [await status(ALICE) for _ in range(2)] == [(429, "7")] * 2
    # The native API has no word of its own for it.
    banned = {"native": 429, "binance": 418, "mexc": 418}[stand.adapter.dialect.name]
    assert await status(ALICE) == (banned, "120")
    # Nothing is armed any more, but a ban is one, as long as it lasts and for nobody else: there
    # is one address here, and that is what venues ban.
    await stand.exchange.admin.delete("/admin/faults")
    await stand.pass_time(30_000)
    assert await status(ALICE) == (banned, "90")
    other = {"native": (200, ""), "binance": (418, "90"), "mexc": (418, "90")}
    assert await status(BOB) == other[stand.adapter.dialect.name]
    await stand.pass_time(90_000)
    assert await status(ALICE) == (200, "")


async def test_a_clock_that_is_off_is_told_so(stand: Stand) -> None:
    ask = stand.adapter.time()
    (before_ms,) = [value for value in (await stand.done(ask)).body.values() if is_time(value)]
    await arm(stand, {"do": {"timeSkewMs": 90_000}})
    (after_ms,) = [value for value in (await stand.done(ask)).body.values() if is_time(value)]
    assert after_ms - before_ms == 90_000


def is_time(value: Any) -> bool:
    """Whether a part of an answer is a time in ms."""
    return isinstance(value, int | Decimal) and value > 10**12


async def test_a_delay_is_as_long_as_it_says(stand: Stand) -> None:
    await arm(stand, {"do": {"delayMs": 700}})
    began_ms = stand.clock.now_ms()
    answer = await on_time(stand, lambda: stand.ask(stand.adapter.time()))
    assert answer.status == 200
    assert stand.clock.now_ms() - began_ms >= 700


async def arm(stand: Stand, fault: dict[str, Any]) -> None:
    """Over the admin API."""
    answer = await stand.exchange.admin.post("/admin/faults", json=fault)
    assert answer.status_code == 200, answer.text


async def on_time(stand: Stand, ask: Callable[[], Awaitable[Any]]) -> Any:
    """The answer; time passes until it is there."""
    asking = asyncio.ensure_future(ask())
    while not asking.done():
        await stand.pass_time(100)
        await asyncio.sleep(0.001)
    return asking.result()


async def over_rest(stand: Stand, client_id: str = "first") -> Any:
    """(status, code), UNREADABLE or GONE."""
    order = stand.adapter.place(stand.signer(ALICE), RESTING._replace(client_id=client_id))
    try:
        answer = await stand.ask(order)
    except json.JSONDecodeError:
        return UNREADABLE
    except ConnectionError:
        return GONE
    return answer.status, code_of(answer.body)


async def over_websocket(stand: Stand, order: Wanted = RESTING) -> Any:
    """The same, of Binance."""
    peer = Peer(Decimal)
    unreadable = asyncio.Event()

    async def send(message: Any) -> None:
        try:
            await peer.send(message)
        except json.JSONDecodeError:
            unreadable.set()

    serving = asyncio.ensure_future(stand.mounted.app(scope_of("/ws-api/v3"), peer.receive, send))
    params = {
        "apiKey": ALICE.key, "quantity": order.quantity, "side": order.side.upper(),
        "symbol": "BTCUSDT", "timestamp": stand.signer(ALICE).stamp_ms, "type": "MARKET",
    }  # fmt: skip
    if order.price is not None:
        params |= {"price": order.price, "timeInForce": "GTC", "type": "LIMIT"}
    payload = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    params["signature"] = signature_of(ALICE.secret, payload)
    peer.ask({"id": 1, "method": "order.place", "params": params})
    hearing = asyncio.ensure_future(peer.next())
    spoilt = asyncio.ensure_future(unreadable.wait())
    try:
        await asyncio.wait((hearing, serving, spoilt), return_when=asyncio.FIRST_COMPLETED)
        if not hearing.done():
            return UNREADABLE if spoilt.done() else GONE
        frame = hearing.result()
        return frame["status"], code_of(frame.get("error", {}))
    finally:
        hearing.cancel()
        spoilt.cancel()
        peer.hang_up()
        await asyncio.wait([serving])


def code_of(body: Any) -> Any:
    """Of a refusal in either dialect."""
    found = body.get("error", body)
    return found.get("code") if isinstance(found, dict) else None


async def has_order(stand: Stand, *, is_there: bool) -> None:
    """Whether Alice's order rests."""
    locked = (await stand.holdings(ALICE))["USDT"][1]
    assert (locked > 0) is is_there
