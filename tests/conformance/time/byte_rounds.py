"""What a session whose every byte is kept does, again and again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.conformance.time.byte_session import Session

OCO: dict[str, Any] = {
    "side": "BUY",
    "quantity": "0.001",
    "belowType": "LIMIT_MAKER",
    "belowPrice": "45000",
    "aboveType": "STOP_LOSS_LIMIT",
    "aboveStopPrice": "65000",
    "abovePrice": "65000",
    "aboveTimeInForce": "GTC",
}
OTO: dict[str, Any] = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "40000",
    "workingQuantity": "0.001",
    "workingTimeInForce": "GTC",
    "pendingType": "LIMIT_MAKER",
    "pendingSide": "SELL",
    "pendingPrice": "65000",
    "pendingQuantity": "0.001",
}


async def a_round(session: Session, number: int) -> None:
    """Twenty requests: orders that rest, fill, are refused and canceled; reads; accounts."""
    order = "/binance/api/v3/order"
    pair: dict[str, Any] = {"symbol": "BTCUSDT"}
    limit = {**pair, "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001"}
    market = {**pair, "type": "MARKET", "quantity": "0.001"}
    placed = await session.binance("POST", order, side="BUY", price="45000", **limit)
    await session.binance("POST", order, side=("BUY", "SELL")[number % 2], **market)
    # Refused, after its name was drawn.
    await session.binance("POST", order, side="BUY", **{**market, "quantity": "5000"})
    await session.binance("POST", order, side="BUY", **{**market, "type": "NONE"})
    order_id = json.loads(placed.body).get("orderId", 1)
    if number % 3:
        await session.binance("DELETE", order, **pair, orderId=order_id)
    await session.binance("GET", order, **pair, orderId=order_id)
    await session.binance("GET", "/binance/api/v3/account")
    await session.binance("GET", "/binance/api/v3/myTrades", **pair)
    await session.send("GET", "/binance/api/v3/depth?symbol=BTCUSDT&limit=20")
    await session.send("GET", "/binance/api/v3/klines?symbol=ETHUSDT&interval=1m&limit=3")
    await session.send("GET", "/binance/api/v3/avgPrice?symbol=BTCUSDT")
    await session.send("GET", "/binance/api/v3/nothing")
    await session.send("GET", "/binance/api/v3/time")
    amount = {"symbol": "BTC/USDT", "amount": "0.001"}
    await session.native("POST", "/v1/order", {**amount, "type": "market", "side": "buy"})
    limited = {**amount, "type": "limit", "side": "buy", "price": "46000"}
    await session.native("POST", "/v1/order", limited)
    await session.native("GET", "/v1/balance")
    await session.native("GET", "/v1/orders/open")
    await session.send("GET", "/v1/ticker/BTC/USDT")
    if number % 10 == 0:
        email = f"person-{number}@example.com"
        account = {"email": email, "password": f"a good one {number}"}
        await session.send("POST", "/v1/register", json=account)
        await session.send("POST", "/v1/login", json=account)
        await session.admin("/admin/users", {"email": f"other-{number}@example.com"})
    await lists(session, number)
    await over_websocket(session, number)
    await session.advance()


async def lists(session: Session, number: int) -> None:
    """Order lists, some of which stay."""
    pair: dict[str, Any] = {"symbol": "BTCUSDT"}
    placed = await session.binance("POST", "/binance/api/v3/orderList/oco", **pair, **OCO)
    await session.binance("POST", "/binance/api/v3/orderList/oto", **pair, **OTO)
    await session.binance("GET", "/binance/api/v3/openOrderList")
    list_id = json.loads(placed.body)["orderListId"]
    if number % 4:
        target = "/binance/api/v3/orderList"
        await session.binance("DELETE", target, **pair, orderListId=list_id)
        await session.binance("DELETE", "/binance/api/v3/openOrders", **pair)


async def over_websocket(session: Session, number: int) -> None:
    """Orders whose names are drawn, and what can be read."""
    pair: dict[str, Any] = {"symbol": "BTCUSDT"}
    order: dict[str, Any] = {
        **pair,
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.001",
    }
    placed = await session.ask("order.place", **order, price="45000")
    await session.ask("order.status", **pair, orderId=placed["result"]["orderId"])
    if number % 2:
        await session.ask("order.cancel", **pair, orderId=placed["result"]["orderId"])
    await session.ask("order.place", **order, price="-1")
    await session.ask("account.status")
    await session.ask("depth", is_signed=False, symbol="BTCUSDT", limit=5)


async def run(data_dir: Path, rounds: int, ends: Mapping[int, bool] | None = None) -> Session:
    """A session. `ends` is before which rounds the server ends, and whether it is killed."""
    session = Session(data_dir)
    await session.begin()
    for number in range(rounds):
        if ends and number in ends:
            await session.end(is_kill=ends[number])
            await session.begin()
        await a_round(session, number)
    await session.end(is_kill=True)
    return session
