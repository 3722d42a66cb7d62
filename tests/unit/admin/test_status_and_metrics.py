"""The exchange as a whole: status, metrics, starting over."""

import asyncio
from collections import Counter
from decimal import Decimal

from prometheus_client.parser import text_string_to_metric_families

from hypersim.service.engine import RESETS_MAX
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderType, Side
from tests.support.memory_admin import TOKEN
from tests.support.memory_exchange import MemoryExchange

EMAIL = "ann@example.com"


async def trade(exchange: MemoryExchange) -> dict[str, str]:
    """One fill, and one order that stays open; returns the user's credentials."""
    created = (await exchange.admin.post("/admin/users", json={"email": EMAIL})).json()
    wanted = {"user": EMAIL, "asset": "USDT", "amount": "12345", "action": "set"}
    await exchange.admin.post("/admin/balances", json=wanted)
    await exchange.admin.post("/admin/price", json={"symbol": "BTC/USDT", "price": "100"})
    for price in ("100", "90"):
        await exchange.done(
            PlaceOrder(
                1,
                "BTC/USDT",
                Side.BUY,
                OrderType.LIMIT,
                quantity=Decimal(1),
                price=Decimal(price),
            )
        )
    credentials: dict[str, str] = created
    return credentials


async def scrape(exchange: MemoryExchange) -> dict[str, float]:
    """The samples without labels, and those of BTC/USDT."""
    answer = await exchange.admin.get("/metrics", headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"].count("charset") == 1
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.labels in ({}, {"symbol": "BTC/USDT"})
    }


async def test_the_status_counts_what_happened(exchange: MemoryExchange) -> None:
    await trade(exchange)
    body = (await exchange.admin.get("/admin/status")).json()
    assert (body["users"], body["keys"], body["openOrders"]) == (1, 1, 1)
    assert (body["counters"]["orders"], body["counters"]["trades"]) == (2, 1)
    assert body["backlog"] == 0
    assert body["recordAvailable"] is True
    assert body["feed"]["name"] == "manual"
    assert body["commits"] == exchange.record.commits


async def test_the_metrics_agree_with_the_status_and_need_no_token(
    exchange: MemoryExchange,
) -> None:
    await trade(exchange)
    samples = await scrape(exchange)
    assert samples["hypersim_orders_total"] == 2
    assert samples["hypersim_fills_total"] == 1
    assert samples["hypersim_open_orders"] == 1
    assert samples["hypersim_users"] == 1
    assert samples["hypersim_commits_total"] == exchange.record.commits
    assert samples["hypersim_commit_seconds_count"] == exchange.record.commits
    assert samples["hypersim_commit_events_sum"] == samples["hypersim_committed_events_total"]
    assert samples["hypersim_market_age_seconds"] >= 0
    assert samples["hypersim_market_stale"] == 0


async def test_the_metrics_tell_nothing_about_an_account(exchange: MemoryExchange) -> None:
    credentials = await trade(exchange)
    text = (await exchange.admin.get("/metrics")).text
    told = (EMAIL, "12345", TOKEN, *(credentials[name] for name in ("apiKey", "apiSecret")))
    assert not [word for word in told if word in text]


async def test_a_reset_empties_the_accounts_and_keeps_the_markets(
    exchange: MemoryExchange,
) -> None:
    credentials = await trade(exchange)
    answer = await exchange.admin.post("/admin/reset")
    assert answer.status_code == 200
    assert (answer.json()["users"], answer.json()["openOrders"]) == (0, 0)
    assert not exchange.record.users
    assert not exchange.record.recorded_orders
    assert credentials["apiKey"] not in exchange.engine.view.keys
    shown = (await exchange.admin.get("/admin/feed")).json()["symbols"][0]
    assert (shown["symbol"], shown["last"]) == ("BTC/USDT", 100)
    assert (await exchange.admin.post("/admin/users", json={"email": EMAIL})).status_code == 201


async def test_resets_at_once_come_one_after_the_other(exchange: MemoryExchange) -> None:
    credentials = await trade(exchange)
    before = exchange.engine.exchange.state.counters.seq
    instruments = dict(exchange.record.instruments)
    answers = await asyncio.gather(*(exchange.admin.post("/admin/reset") for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    counters = exchange.engine.exchange.state.counters
    assert (counters.seq, counters.generation) == (before + 4, 4)
    assert exchange.record.instruments == exchange.engine.view.instruments == instruments
    assert credentials["apiKey"] not in exchange.record.keys


async def test_who_asks_for_one_reset_too_many_is_told_of_those_under_way(
    exchange: MemoryExchange,
) -> None:
    asked = (exchange.admin.post("/admin/reset") for _ in range(RESETS_MAX + 2))
    answers = await asyncio.gather(*asked)
    assert Counter(answer.status_code for answer in answers) == {200: RESETS_MAX, 409: 2}
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["error"]["code"] == "RESET_UNDER_WAY"


async def test_a_reset_takes_no_wishes(exchange: MemoryExchange) -> None:
    await trade(exchange)
    answer = await exchange.admin.post("/admin/reset", json={"user": EMAIL})
    assert answer.status_code == 400
    assert exchange.record.users
