"""Orders that end together are durable with one row of the journal, which names them, and marked in
their table afterwards: whoever reads sees them as they are."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from hypersim.service.record import PageQuery
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.projection.projector import Projector
from hypersim.trading import closing, fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import CancelAllOrders, Command, ListInstrument, Reset
from hypersim.trading.order import OrderStatus
from hypersim.trading.rules import Matching, Rules
from tests.persistence.test_load_equals_live import play
from tests.support.builders import ALICE, BOB, buy, depth, instrument, sell
from tests.support.ledger_check import problems_of
from tests.support.postgres import run_sql
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
ORDERS = 25
STILL_OPEN = "SELECT count(*) FROM orders WHERE user_id = 1 AND ended_seq IS NULL"


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "TOGETHER_MIN", 2)


@pytest.fixture
def held_back(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The tables stay behind until it is set."""
    go_on = asyncio.Event()
    follow = Projector._follow

    async def waiting(projector: Projector) -> None:
        await go_on.wait()
        await follow(projector)

    monkeypatch.setattr(Projector, "_follow", waiting)
    return go_on


@pytest.fixture
async def live(database: ConnectionSettings) -> AsyncIterator[RecordedExchange]:
    """With open orders of two accounts, one of them filled in part."""
    async with recorded(database, RULES) as running:
        await running.recorded(*orders())
        yield running


def orders() -> Iterator[Command]:
    yield ListInstrument(instrument())
    for account_id in (ALICE, BOB):
        yield OpenAccount(f"{account_id}@example.com")
        yield Deposit(account_id, "USDT", Decimal(10**6))
        yield Deposit(account_id, "BTC", Decimal(1_000))
    yield depth([("99", "5")], [("101", "0.5")])
    yield buy(ALICE, "1", "101", client_order_id="partly")
    for number in range(ORDERS):
        for account_id in (ALICE, BOB):
            yield buy(account_id, "0.1", str(60 + number), client_order_id=f"a, \x1f{number}")
            yield sell(account_id, "0.1", str(110 + number))


async def count(database: ConnectionSettings, statement: str) -> int:
    ((found,),) = await run_sql(database, statement)
    return int(found)


async def assert_recorded(database: ConnectionSettings, live: RecordedExchange) -> None:
    found = picture(*await loaded(database, live.exchange.state.rules))
    for part, value in picture(live.exchange, live.view).items():
        assert found[part] == value, part
    assert await problems_of(database) == []


@pytest.mark.parametrize("matching", list(Matching))
@pytest.mark.parametrize("seed", [11, 12])
async def test_a_loaded_exchange_equals_the_live_one(
    database: ConnectionSettings, matching: Matching, seed: int
) -> None:
    rules = Rules(fills.load("depth"), fees.load("received"), matching)
    async with recorded(database, rules) as live:
        await live.commit(*opening())
        for part in range(4):
            await play(live, seed + part, 100)
            # In one batch with what comes before and after it.
            live.run(CancelAllOrders(ALICE))
            live.run(CancelAllOrders(BOB, "BTC/USDT"))
        await live.settled()
        await assert_recorded(database, live)


@pytest.mark.parametrize("matching", list(Matching))
@pytest.mark.usefixtures("held_back")
async def test_what_the_tables_do_not_show_yet_is_loaded_from_the_journal(
    database: ConnectionSettings, matching: Matching
) -> None:
    rules = Rules(fills.load("depth"), fees.load("received"), matching)
    async with recorded(database, rules) as live:
        await live.recorded(*opening(), CancelAllOrders(ALICE))
        for command in commands(live.exchange, 5, 300, live.now_ms):
            live.run(command)
        await live.recorded(CancelAllOrders(BOB))
        assert await count(database, "SELECT count(*) FROM orders") == 0
        await assert_recorded(database, live)
    assert live.exchange.state.counters.order_id > 0


async def test_who_reads_orders_waits_until_they_are_marked(
    database: ConnectionSettings, held_back: asyncio.Event, live: RecordedExchange
) -> None:
    archive = await PostgresArchive.open(database, live.recorder.progress)
    await live.recorded(CancelAllOrders(ALICE))
    page = PageQuery(ALICE)
    reads = [
        asyncio.create_task(archive.orders(page, only_ended=True)),
        asyncio.create_task(archive.orders_by_id(ALICE, range(1, 200))),
    ]
    one = asyncio.create_task(archive.order(ALICE, 1))
    assert not any(read.done() for read in (*reads, one))
    held_back.set()
    ended, by_id = await asyncio.gather(*reads)
    order = await one
    await archive.close()
    assert len(list(ended)) == len(by_id) == 2 * ORDERS + 1
    assert order is not None and order.status is OrderStatus.CANCELED


async def test_a_reset_has_nothing_left_to_mark(
    database: ConnectionSettings, held_back: asyncio.Event, live: RecordedExchange
) -> None:
    await live.recorded(CancelAllOrders(ALICE))
    await live.recorded(Reset())
    await live.recorded(*list(orders())[1:])
    held_back.set()
    await live.settled()
    assert len(live.exchange.state.orders) > 2 * ORDERS
    assert await count(database, STILL_OPEN) == 2 * ORDERS + 1
    await assert_recorded(database, live)
