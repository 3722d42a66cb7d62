"""A server that is killed while time is advanced leaves its record after a whole transaction, with
its clock: it goes on from there as if nothing had been."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conformance.time.byte_session import Session

HOUR_MS = 3_600_000
LADDER = 40
TOLD = ("account", "myTrades?symbol=BTCUSDT", "allOrders?symbol=BTCUSDT", "openOrders")


async def begun(data_dir: Path) -> Session:
    """A ladder of orders below and above the price waits for it."""
    session = Session(data_dir)
    await session.begin()
    # Nobody listens: nothing holds the advance up.
    await session.hush()
    pair: dict[str, Any] = {"symbol": "BTCUSDT"}
    await session.admin(
        "/admin/balances",
        {"user": "test@example.com", "asset": "BTC", "amount": "5", "action": "deposit"},
    )
    shown = await session.send("GET", "/binance/api/v3/ticker/bookTicker?symbol=BTCUSDT")
    price = float(json.loads(shown.body)["bidPrice"])
    for rung in range(1, LADDER + 1):
        side, way = (("BUY", -1), ("SELL", 1))[rung % 2]
        placed = await session.binance(
            "POST",
            "/binance/api/v3/order",
            **pair,
            side=side,
            type="LIMIT",
            timeInForce="GTC",
            quantity="0.002",
            price=f"{price * (1 + way * rung * 0.0005):.2f}",
        )
        assert placed.status == 200, placed.body
    return session


async def clock_of(session: Session) -> int:
    return int((await session.looked_up("/admin/clock"))["nowMs"])


async def has_traded(session: Session) -> bool:
    """Whether the price has met any."""
    return bool((await session.looked_up("/admin/status"))["openOrders"] < LADDER)


async def left(session: Session) -> dict[str, Any]:
    """All that there is of the account, at the same moment."""
    session.now_ms = await clock_of(session)
    found: dict[str, Any] = {"clock": session.now_ms}
    for what in TOLD:
        path, _, query = what.partition("?")
        params: dict[str, Any] = dict([query.split("=")]) if query else {}
        answer = await session.binance("GET", f"/binance/api/v3/{path}", **params)
        assert answer.status == 200, answer.body
        found[what] = json.loads(answer.body)
    return found


@pytest.mark.slow
async def test_it_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    whole = await begun(tmp_path / "whole")
    end_ms = await clock_of(whole) + HOUR_MS
    await whole.admin("/admin/clock/advance", {"toMs": end_ms})
    expected = await left(whole)
    await whole.end(is_kill=True)
    assert expected["myTrades?symbol=BTCUSDT"], "the price met some of the orders"

    killed = await begun(tmp_path / "killed")
    begun_ms = await clock_of(killed)
    advance = asyncio.ensure_future(killed.admin("/admin/clock/advance", {"toMs": end_ms}))
    async with asyncio.timeout(60):
        while not await has_traded(killed):
            assert not advance.done()
    await killed.end(is_kill=True)
    with contextlib.suppress(httpx.HTTPError):
        await advance
    await killed.begin()
    await killed.hush()
    assert begun_ms < await clock_of(killed) < end_ms
    await killed.admin("/admin/clock/advance", {"toMs": end_ms})
    assert await left(killed) == expected
    await killed.end(is_kill=True)
