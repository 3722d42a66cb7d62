"""What stands as long as a fault is armed: from when, until when, and what comes of it."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.account.user import FeeRates
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.trading.account_commands import OpenAccount, SetFeeRates
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

SYMBOL = "BTC/USDT"


async def arm(exchange: MemoryExchange, do: dict[str, Any], **match: Any) -> None:
    """Over the admin API."""
    answer = await exchange.admin.post("/admin/faults", json={"do": do, "match": match})
    assert answer.status_code == 200, answer.text


async def advance(exchange: MemoryExchange, ms: int) -> None:
    """Time is moved."""
    answer = await exchange.admin.post("/admin/clock/advance", json={"ms": ms})
    assert answer.status_code == 200, answer.text


def status(exchange: MemoryExchange) -> str:
    """Of the market."""
    return exchange.engine.view.instruments[SYMBOL].status.value


async def test_a_market_is_closed_from_then_until_then() -> None:
    async with memory_exchange(clock=SimulatedClock(NOON_MS, mode=Mode.STEP)) as exchange:
        await arm(exchange, {"symbol": "halt"}, symbol=SYMBOL, **{"from": "+1m", "until": "+3m"})
        found = []
        for _ in range(4):
            await advance(exchange, 60_000)
            found.append(status(exchange))
        assert found == ["halted", "halted", "trading", "trading"]
        listed = (await exchange.admin.get("/admin/faults")).json()["faults"]
        assert [one["hits"] for one in listed] == [1]


async def test_what_is_cleared_before_its_time_never_comes() -> None:
    async with memory_exchange(clock=SimulatedClock(NOON_MS, mode=Mode.STEP)) as exchange:
        await arm(exchange, {"symbol": "halt"}, symbol=SYMBOL, **{"from": "+1m"})
        await exchange.admin.delete("/admin/faults")
        await advance(exchange, 120_000)
        assert status(exchange) == "trading"


async def test_rates_of_before_a_reset_are_nobodys_after_it() -> None:
    async with memory_exchange() as exchange:
        await exchange.done(OpenAccount("ann@example.com"))
        own = FeeRates(Decimal("0.5"), Decimal("0.5"))
        await exchange.done(SetFeeRates(1, own))
        await arm(exchange, {"fees": {"maker": 0.01, "taker": 0.02}}, user="ann@example.com")
        assert exchange.engine.view.users[1].fee_rates == FeeRates(Decimal("0.01"), Decimal("0.02"))
        await exchange.engine.reset()
        await exchange.done(OpenAccount("bob@example.com"))
        await exchange.admin.delete("/admin/faults")
        assert exchange.engine.view.users[1].fee_rates is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"do": {"symbol": "halt"}}, "match.symbol"),
        ({"do": {"symbol": "close"}, "match": {"symbol": SYMBOL}}, "symbol"),
        ({"do": {"symbol": {}}, "match": {"symbol": SYMBOL}}, "tickSize"),
        ({"do": {"symbol": {"tickSize": "0"}}, "match": {"symbol": SYMBOL}}, "above zero"),
        ({"do": {"symbol": "halt"}, "match": {"symbol": SYMBOL, "nth": 2}}, "match.nth"),
        ({"do": {"symbol": "halt"}, "match": {"symbol": SYMBOL, "user": "1"}}, "match.user"),
        ({"do": {"fees": {"maker": "1.5", "taker": "0"}}}, "fee"),
        ({"do": {"fees": {"maker": "0"}}}, "taker"),
        ({"do": {"order": {"reject": "BAD_LUCK"}}}, "INSUFFICIENT_BALANCE"),
        ({"do": {"order": {"fillThenStall": "1.2"}}}, "fillThenStall"),
        ({"do": {"order": {"fillThenStall": "0.0"}}}, "above 0"),
        ({"do": {"order": {}}}, "acknowledgeAfterMs"),
        ({"do": {"order": "lose"}}, "order"),
        ({"do": {"withdrawals": "thaw"}}, "freeze"),
        ({"do": {"listenKeys": "renew"}}, "expire"),
    ],
)
async def test_what_is_wrong_is_said(wrong: dict[str, Any], said: str) -> None:
    async with memory_exchange() as exchange:
        await exchange.done(OpenAccount("ann@example.com"))
        answer = await exchange.admin.post("/admin/faults", json=wrong)
        assert answer.status_code == 400, answer.text
        assert said in answer.json()["error"]["message"]
        assert not list(exchange.services.faults.listed)
