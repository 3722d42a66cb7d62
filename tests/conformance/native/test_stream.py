"""The native WebSocket: the data of the REST API, pushed."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.native.stream_client import Message, StreamClient, signed, stream_of
from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ServerProcess

BTC = "BTC/USDT"


def rest(client: NativeClient, target: str) -> Any:
    return client.get(target).json()


async def test_ticker_is_pushed_at_once_and_with_every_price(
    stream: StreamClient, admin: AdminClient, trader: NativeClient
) -> None:
    answer = await stream.ask(id=1, op="subscribe", channel="ticker", symbol=BTC)
    assert answer == {"id": 1, "op": "subscribed", "channel": "ticker", "symbol": BTC}
    first = await stream.next()
    assert first == {
        "channel": "ticker",
        "symbol": BTC,
        "data": rest(trader, "/v1/ticker/BTC/USDT"),
    }
    admin.set_price("50010")
    assert (await stream.next_of("ticker"))["data"]["last"] == 50010
    admin.set_price("50000")


async def test_ticker_without_a_symbol_means_all_of_them(
    stream: StreamClient, admin: AdminClient, trader: NativeClient
) -> None:
    await stream.subscribe("ticker")
    pushed = {message["symbol"] for message in await stream.silent()}
    assert pushed == rest(trader, "/v1/tickers").keys()
    admin.set_price("3000", "ETH/USDT")
    assert (await stream.next_of("ticker"))["symbol"] == "ETH/USDT"


async def test_several_symbols_in_any_spelling_are_one_request(stream: StreamClient) -> None:
    answer = await stream.subscribe("ticker", id="a", symbols=["BTCUSDT", "ETH-USDT"])
    assert answer == {
        "id": "a",
        "op": "subscribed",
        "channel": "ticker",
        "symbols": ["BTCUSDT", "ETH-USDT"],
    }
    assert [message["symbol"] for message in await stream.silent()] == [BTC, "ETH/USDT"]


async def test_depth_is_the_book_of_the_rest_api_cut_at_the_limit(
    stream: StreamClient, trader: NativeClient
) -> None:
    await stream.subscribe("depth", symbol=BTC, limit=1)
    assert await stream.next() == {
        "channel": "depth",
        "symbol": BTC,
        "limit": 1,
        "data": rest(trader, "/v1/depth/BTC/USDT?limit=1"),
    }


async def test_candles_show_the_current_bar_as_it_changes(
    stream: StreamClient, admin: AdminClient
) -> None:
    await stream.subscribe("candles", symbol=BTC, interval="1h")
    first = await stream.next()
    assert (first["symbol"], first["interval"]) == (BTC, "1h")
    assert first["data"][0] % 3_600_000 == 0
    admin.set_price("50020")
    _, _, high, _, close, _ = (await stream.next_of("candles"))["data"]
    assert close == 50020 <= high
    admin.set_price("50000")


async def test_no_public_trade_is_lost_or_pushed_twice(synthetic_server: ServerProcess) -> None:
    with NativeClient(synthetic_server.url) as client:
        async with stream_of(synthetic_server) as stream:
            symbols = [market["symbol"] for market in rest(client, "/v1/markets")]
            await stream.subscribe("trades", symbols=symbols)
            pushed = [(await stream.next_of("trades"))["data"] for _ in range(40)]
        for symbol in {trade["symbol"] for trade in pushed}:
            heard = [trade for trade in pushed if trade["symbol"] == symbol]
            known = rest(client, f"/v1/trades/{symbol}")
            start = known.index(heard[0])
            assert known[start : start + len(heard)] == heard


async def test_an_orders_life_is_pushed_in_order_with_its_fills_and_balances(
    stream: StreamClient, trader: NativeClient
) -> None:
    await stream.log_in(trader.key, trader.secret)
    for channel in ("orders", "fills", "balances"):
        await stream.subscribe(channel)
    first = (await stream.next())["data"]
    assert first["total"] == rest(trader, "/v1/balance")["total"]
    resting = trader.order("buy", "0.1", "40000").json()
    trader.put(f"/v1/order/{resting['id']}", {"amount": "0.2"})
    trader.delete(f"/v1/order/{resting['id']}")
    bought = trader.order("buy", "0.1").json()
    pushed = await stream.silent()
    orders = [message["data"] for message in pushed if message["channel"] == "orders"]
    assert orders[0] == resting
    assert [(order["amount"], order["status"]) for order in orders[:3]] == [
        (0.1, "open"),
        (0.2, "open"),
        (0.2, "canceled"),
    ]
    assert orders[-1] == bought == rest(trader, f"/v1/order/{bought['id']}")
    fills = [message["data"] for message in pushed if message["channel"] == "fills"]
    assert fills == rest(trader, "/v1/myTrades")
    balances = [message["data"] for message in pushed if message["channel"] == "balances"]
    assert balances[-1]["total"] == rest(trader, "/v1/balance")["total"]


async def test_every_change_of_a_balance_is_pushed_as_the_ledger_tells_it(
    stream: StreamClient, trader: NativeClient
) -> None:
    await stream.log_in(trader.key, trader.secret)
    await stream.subscribe("balances")
    await stream.silent()
    booked = len(rest(trader, "/v1/ledger"))
    orders = [("buy", "0.1", "40000"), ("sell", "0.1", "60000"), ("buy", "0.1", None)]
    await asyncio.gather(*(asyncio.to_thread(trader.order, *order) for order in orders * 5))
    trader.delete("/v1/orders/open")
    pushed = [message["data"] for message in await stream.silent()]
    after: dict[str, dict[str, float]] = {}
    expected: list[dict[str, float]] = []
    for row in rest(trader, "/v1/ledger")[booked:]:
        after[row["currency"]] = {"free": row["available"], "used": row["locked"]}
        if not expected or row["id"].endswith(".0"):
            expected.append({})
        expected[-1] = {row["currency"]: row["available"]} | expected[-1]
    for balance, changed in zip(pushed, expected, strict=True):
        assert {asset: balance[asset]["free"] for asset in changed} == changed
    assert {asset: pushed[-1][asset]["used"] for asset in after} == dict.fromkeys(after, 0)


async def test_a_symbol_narrows_orders_and_twice_the_same_is_heard_once(
    stream: StreamClient, trader: NativeClient, admin: AdminClient
) -> None:
    admin.set_price("3000", "ETH/USDT")
    await stream.log_in(trader.key, trader.secret)
    await stream.subscribe("orders", symbol=BTC)
    await stream.subscribe("orders", symbols=[BTC])
    other = {"symbol": "ETH/USDT", "side": "buy", "type": "limit", "amount": "1", "price": "2500"}
    trader.post("/v1/order", other)
    trader.order("buy", "0.1", "40000")
    assert [message["symbol"] for message in await stream.silent()] == [BTC]
    await stream.subscribe("orders")
    trader.post("/v1/order", other)
    trader.order("buy", "0.1", "40000")
    assert [message["symbol"] for message in await stream.silent()] == ["ETH/USDT", BTC]


async def test_nobody_hears_of_another_accounts_orders(
    stream: StreamClient, trader: NativeClient
) -> None:
    await stream.log_in()
    for channel in ("orders", "fills", "balances"):
        await stream.subscribe(channel)
    await stream.silent()
    trader.order("buy", "0.1")
    assert await stream.silent() == []


async def test_unsubscribing_ends_the_pushes(
    stream: StreamClient, trader: NativeClient, admin: AdminClient
) -> None:
    await stream.log_in(trader.key, trader.secret)
    for channel in ("orders", "balances", "ticker"):
        await stream.subscribe(channel)
    await stream.silent()
    for number, channel in enumerate(("orders", "balances", "ticker", "fills")):
        answer = await stream.ask(id=number, op="unsubscribe", channel=channel)
        assert answer == {"id": number, "op": "unsubscribed", "channel": channel}
    trader.order("buy", "0.1")
    admin.set_price("50000")
    assert await stream.silent() == []


async def test_a_revoked_key_hears_no_more_while_the_accounts_other_key_does(
    quiet_server: ServerProcess, stream: StreamClient, trader: NativeClient, admin: AdminClient
) -> None:
    (first,) = (one for one in admin.http.get("/admin/keys").json() if one["apiKey"] == trader.key)
    second = admin.post("/admin/keys", {"user": first["user"], "label": "second"})
    async with stream_of(quiet_server) as other:
        for client, key, secret in (
            (stream, second["apiKey"], second["apiSecret"]),
            (other, trader.key, trader.secret),
        ):
            await client.log_in(key, secret)
            await client.subscribe("orders")
            await client.subscribe("ticker", symbol=BTC)
            await client.silent()
        trader.delete(f"/v1/keys/{second['apiKey']}")
        trader.order("buy", "0.1", "40000")
        [ended] = await stream.silent()
        assert ended["error"]["code"] == "INVALID_API_KEY"
        assert [message["channel"] for message in await other.silent()] == ["orders"]
    refused = await stream.ask(id=2, op="subscribe", channel="orders")
    assert refused["error"]["code"] == "INVALID_API_KEY"
    assert (await stream.ask(op="login", **signed(second["apiKey"], second["apiSecret"])))["error"][
        "code"
    ] == "INVALID_API_KEY"


async def test_a_reset_ends_what_an_account_could_hear(
    stream: StreamClient, trader: NativeClient, admin: AdminClient
) -> None:
    """Account ids begin anew, so the next owner of an id must not be overheard."""
    await stream.log_in(trader.key, trader.secret)
    await stream.subscribe("balances")
    await stream.silent()
    admin.post("/admin/reset", {})
    for number in range(20):
        admin.new_user(f"next-{number}@example.com", USDT="5")
    pushed = await stream.silent()
    assert [message["error"]["code"] for message in pushed] == ["INVALID_API_KEY"]


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (signed("nobody", "x"), "unknown_key"),
        (signed("test_key_123", "wrong"), "wrong_signature"),
        (signed("test_key_123", "test_secret_456", age_ms=60_000), "stale_timestamp"),
    ],
)
async def test_a_login_is_checked_like_any_signature(
    stream: StreamClient, login: Message, reason: str
) -> None:
    answer = await stream.ask(id=9, op="login", **login)
    assert answer["id"] == 9
    assert answer["error"]["details"]["reason"] == reason
    assert "error" in await stream.ask(op="subscribe", channel="balances")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", "INVALID_REQUEST"),
        ("[1]", "INVALID_REQUEST"),
        ("[" * 50_000, "INVALID_REQUEST"),
        ('{"op":"login","apiKey":"\\ud800","timestamp":1,"signature":"\\ud800"}', None),
        ('{"op":"dance"}', "INVALID_REQUEST"),
        ('{"op":"subscribe"}', "INVALID_REQUEST"),
        ('{"op":"subscribe","channel":"gossip"}', "INVALID_REQUEST"),
        ('{"op":"subscribe","channel":"ticker","color":"red"}', "INVALID_REQUEST"),
        ('{"op":"subscribe","channel":"trades"}', "INVALID_SYMBOL"),
        ('{"op":"subscribe","channel":"trades","symbol":"NO/PE"}', "INVALID_SYMBOL"),
        ('{"op":"subscribe","channel":"trades","symbols":[]}', "INVALID_REQUEST"),
        ('{"op":"subscribe","channel":"ticker","symbol":"a","symbols":[]}', "INVALID_REQUEST"),
        ('{"op":"subscribe","channel":"depth","symbol":"BTCUSDT","limit":0}', "INVALID_REQUEST"),
        ('{"op":"subscribe","channel":"ticker","limit":5}', "INVALID_REQUEST"),
        ('{"op":"subscribe","channel":"ticker","interval":"1m"}', "INVALID_REQUEST"),
        (
            '{"op":"subscribe","channel":"candles","symbol":"BTCUSDT","interval":"7m"}',
            "INVALID_REQUEST",
        ),
        ('{"op":"subscribe","channel":"orders"}', "INVALID_API_KEY"),
        ('{"op":"unsubscribe","channel":"fills"}', "INVALID_API_KEY"),
        ('{"op":"subscribe","id":1.5,"channel":"ticker"}', "INVALID_REQUEST"),
    ],
)
async def test_nonsense_is_answered_and_the_socket_lives_on(
    stream: StreamClient, frame: str, code: str | None
) -> None:
    await stream.connection.send(frame)
    answer = await stream.next()
    assert answer["error"]["message"]
    assert code in (None, answer["error"]["code"])
    assert await stream.ask(op="ping", id="x") == {"id": "x", "op": "pong"}


async def test_a_binary_frame_is_nonsense_too(stream: StreamClient) -> None:
    await stream.connection.send(b"\xff\x00")
    assert (await stream.next())["error"]["code"] == "INVALID_REQUEST"


async def test_a_push_never_comes_before_the_order_can_be_read(
    stream: StreamClient, trader: NativeClient
) -> None:
    await stream.log_in(trader.key, trader.secret)
    await stream.subscribe("orders")
    for _ in range(20):
        placing = asyncio.create_task(asyncio.to_thread(trader.order, "buy", "0.1"))
        filled = False
        while not filled:
            order = (await stream.next_of("orders"))["data"]
            filled = order["status"] == "filled"
            read = await asyncio.to_thread(rest, trader, f"/v1/order/{order['id']}")
            assert Decimal(str(read["filled"])) >= Decimal(str(order["filled"]))
        await placing
