"""Each scenario in examples/ does what its first line says, where time moves in steps."""

import contextlib
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import CancelOrder, PlaceOrder
from hypersim.trading.order import OrderType, Side, Trigger
from hypersim.trading.rejections import Rejected, Rejection
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import ALICE, RESTING, Stand, stand_of
from tests.support.dialects.words import Topic
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

FOLDER = Path(__file__).parents[3] / "examples" / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
RICH = Decimal(1_000_000)


@contextlib.asynccontextmanager
async def played(name: str) -> AsyncIterator[MemoryExchange]:
    """Prices come from the scenario alone; there is one account that has a lot."""
    clock = SimulatedClock(NOON_MS, mode=Mode.STEP)
    async with memory_exchange(clock=clock) as exchange:
        await exchange.done(OpenAccount("ann@example.com"))
        for asset in ("USDT", "BTC", "ETH"):
            await exchange.done(Deposit(1, asset, RICH))
        text = read_text(name)
        answer = await exchange.admin.post("/admin/scenario", content=text)
        assert answer.status_code == 200, answer.text
        yield exchange


async def pass_time(exchange: MemoryExchange, minutes: float) -> None:
    body = {"ms": int(minutes * 60_000)}
    answer = await exchange.admin.post("/admin/clock/advance", json=body)
    assert answer.status_code == 200, answer.text


def price(exchange: MemoryExchange, symbol: str) -> Decimal | None:
    return exchange.engine.view.markets[symbol].last_price


def has_all(exchange: MemoryExchange, asset: str) -> bool:
    """Whether nothing of it was traded or is held for an order."""
    return exchange.engine.view.balances[(1, asset)].available == RICH


def market_buy(symbol: str, quantity: str) -> PlaceOrder:
    return PlaceOrder(1, symbol, Side.BUY, OrderType.MARKET, quantity=Decimal(quantity))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_every_step_is_taken(file: Path) -> None:
    async with played(file.stem) as exchange:
        await pass_time(exchange, 4 * 60)
        told = (await exchange.admin.get("/admin/scenario")).json()
        assert told["playing"] is False
        assert {(step["state"], step["reason"]) for step in told["steps"]} == {("done", None)}


async def test_a_flash_crash_fills_orders_far_below_the_market() -> None:
    async with played("flash_crash") as exchange:
        await pass_time(exchange, 0.5)
        wanted, low = Decimal(1), Decimal(46_000)
        await exchange.done(
            PlaceOrder(1, "BTC/USDT", Side.BUY, OrderType.LIMIT, quantity=wanted, price=low)
        )
        await pass_time(exchange, 0.6)
        assert has_all(exchange, "BTC")
        await pass_time(exchange, 0.5)
        assert price(exchange, "BTC/USDT") == 45_000
        assert not has_all(exchange, "BTC")
        await pass_time(exchange, 3)
        assert price(exchange, "BTC/USDT") == 58_500


async def test_a_stop_hunt_takes_the_stops_and_is_over() -> None:
    async with played("stop_hunt") as exchange:
        await pass_time(exchange, 0.1)
        stop = PlaceOrder(
            1,
            "ETH/USDT",
            Side.SELL,
            OrderType.MARKET,
            quantity=Decimal(1),
            trigger=Trigger.STOP_LOSS,
            trigger_price=Decimal(3_000),
        )
        await exchange.done(stop)
        await pass_time(exchange, 0.3)
        assert has_all(exchange, "USDT")
        await pass_time(exchange, 0.6)
        assert not has_all(exchange, "USDT")
        assert price(exchange, "ETH/USDT") == 3_060


@pytest.mark.parametrize(
    ("name", "symbol", "minutes"), [("delisting", "DOGE/USDT", 62), ("maintenance", "BTC/USDT", 5)]
)
async def test_nobody_trades_what_is_closed(name: str, symbol: str, minutes: float) -> None:
    async with played(name) as exchange:
        await pass_time(exchange, 0.5)
        await exchange.done(market_buy(symbol, "100" if name == "delisting" else "1"))
        await pass_time(exchange, minutes)
        outcome = await exchange.engine.submit(market_buy(symbol, "1000"), Source.ADMIN)
        assert isinstance(outcome, Rejected)
        assert outcome.reason is Rejection.MARKET_HALTED


async def test_orders_that_are_left_end_with_the_delisting() -> None:
    async with played("delisting") as exchange:
        await pass_time(exchange, 60)
        wanted, low = Decimal(1_000), Decimal("0.018")
        for _ in range(2):
            await exchange.done(
                PlaceOrder(1, "DOGE/USDT", Side.BUY, OrderType.LIMIT, quantity=wanted, price=low)
            )
        await pass_time(exchange, 10)
        await exchange.done(CancelOrder(1, 1))
        assert list(exchange.engine.exchange.state.orders) == [2]
        await pass_time(exchange, 30)
        assert not exchange.engine.exchange.state.orders
        assert has_all(exchange, "USDT")


async def test_fees_change_and_come_back() -> None:
    async with played("fee_change") as exchange:
        paid = []
        for minutes in (0.5, 1, 61, 60):
            await pass_time(exchange, minutes)
            paid.append([await share_paid(exchange, asset) for asset in ("BTC", "ETH")])
        usual = Decimal("0.001")
        dear, free = Decimal("0.004"), Decimal(0)
        assert paid == [[usual, usual], [dear, usual], [dear, free], [usual, usual]]


async def share_paid(exchange: MemoryExchange, asset: str) -> Decimal:
    """Of what was bought."""
    before = exchange.engine.view.balances[(1, asset)].available
    await exchange.done(market_buy(f"{asset}/USDT", "1"))
    return 1 - (exchange.engine.view.balances[(1, asset)].available - before)


@contextlib.asynccontextmanager
async def with_an_order(dialect: str, name: str) -> AsyncIterator[tuple[Stand, str]]:
    """A client of the dialect has placed one by the time that the exchange is still there."""
    async with stand_of(adapter_of(dialect)) as stand:
        stand.clock.set(Mode.STEP, 1)
        answer = await stand.exchange.admin.post("/admin/scenario", content=read_text(name))
        assert answer.status_code == 200, answer.text
        await pass_time(stand.exchange, 0.5)
        yield stand, (await stand.place(ALICE, RESTING)).id


@pytest.mark.parametrize("dialect", dialect_names(DIALECTS))
async def test_an_outage_takes_requests_and_sockets_and_is_over(dialect: str) -> None:
    async with with_an_order(dialect, "exchange_outage") as (stand, order_id):
        listener = await stand.follow(Topic.ACCOUNT)
        await pass_time(stand.exchange, 2)
        await listener.ended()
        with pytest.raises(json.JSONDecodeError):
            await stand.query(ALICE, order_id)
        await pass_time(stand.exchange, 2)
        assert (await stand.query(ALICE, order_id)).status == 200
        await stand.follow(Topic.ACCOUNT)


@pytest.mark.parametrize("dialect", dialect_names(DIALECTS))
async def test_orders_can_be_canceled_before_trading_goes_on_after_maintenance(
    dialect: str,
) -> None:
    async with with_an_order(dialect, "maintenance") as (stand, order_id):
        await pass_time(stand.exchange, 5)
        assert (await stand.cancel(ALICE, order_id)).status == 503
        await pass_time(stand.exchange, 5)
        placed = await stand.ask(stand.adapter.place(stand.signer(ALICE), RESTING))
        assert placed.status >= 400
        assert (await stand.cancel(ALICE, order_id)).status == 200
        await pass_time(stand.exchange, 1)
        await stand.place(ALICE, RESTING)


def read_text(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text()


async def test_trading_goes_on_after_maintenance_at_another_price() -> None:
    async with played("maintenance") as exchange:
        await pass_time(exchange, 12)
        await exchange.done(market_buy("BTC/USDT", "1"))
        assert price(exchange, "BTC/USDT") == 59_200


async def test_a_thin_book_is_dear() -> None:
    async with played("thin_book") as exchange:
        await pass_time(exchange, 1)
        await exchange.done(market_buy("BTC/USDT", "0.25"))
        paid = RICH - exchange.engine.view.balances[(1, "USDT")].available
        by_level = (60_100, "0.05"), (61_000, "0.1"), (66_000, "0.1")
        assert paid == sum(level * Decimal(size) for level, size in by_level)


async def test_a_stablecoin_is_worth_less_than_it_says() -> None:
    async with played("stablecoin_depeg") as exchange:
        await pass_time(exchange, 65)
        dollars, coins = price(exchange, "BTC/USDT"), price(exchange, "BTC/USDC")
        assert dollars is not None
        assert coins is not None
        assert round(dollars / coins, 3) == Decimal("0.880")
        await pass_time(exchange, 60)
        assert price(exchange, "BTC/USDC") == 60_300
