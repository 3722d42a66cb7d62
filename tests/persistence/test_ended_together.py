"""Orders that end together are durable with one row, and marked in their table afterwards: whoever
reads sees them as they are, and nothing that breaks in between is seen at all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from hypersim.service.record import PageQuery
from hypersim.storage import endings
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.recorder import PostgresRecorder
from hypersim.trading import closing, fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import CancelAllOrders, Command, ListInstrument, Reset
from hypersim.trading.order import OrderStatus
from hypersim.trading.state import Matching, Rules
from tests.persistence.test_load_equals_live import play
from tests.support.builders import ALICE, BOB, buy, depth, instrument, sell
from tests.support.ledger_check import problems_of
from tests.support.postgres import run_sql
from tests.support.random_session import opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
ORDERS = 25
UNSETTLED = "SELECT count(*) FROM mass_endings"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "TOGETHER_MIN", 2)
    monkeypatch.setattr(endings, "PIECE_ORDERS", 7)


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The tables stay behind until it is set."""
    go_on = asyncio.Event()
    settle = PostgresRecorder.settle

    async def held_back(recorder: PostgresRecorder) -> bool:
        return await settle(recorder) if go_on.is_set() else False

    monkeypatch.setattr(PostgresRecorder, "settle", held_back)
    return go_on


@pytest.fixture
async def live(database: ConnectionSettings) -> AsyncIterator[RecordedExchange]:
    """With open orders of two accounts, one of them filled in part."""
    async with recorded(database, RULES) as running:
        await running.commit(*orders())
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


async def is_settled(live: RecordedExchange) -> None:
    async with asyncio.timeout(30):
        live.committer.flush(live.exchange.state.counters)
        await live.recorder.settled.wait()


async def assert_recorded(database: ConnectionSettings, live: RecordedExchange) -> None:
    found = picture(*await loaded(database, live.exchange.state.rules))
    for part, value in picture(live.exchange, live.view).items():
        assert found[part] == value, part
    assert await problems_of(database) == []
    assert await count(database, UNSETTLED) == 0


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
        await is_settled(live)
        await assert_recorded(database, live)


@pytest.mark.usefixtures("unsettled")
async def test_what_a_crash_left_undone_is_done_at_the_next_start(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*orders(), CancelAllOrders(ALICE))
        await live.commit(buy(ALICE, "0.1", "50"))
        still_open = "SELECT count(*) FROM orders WHERE user_id = 1 AND ended_seq IS NULL"
        assert await count(database, still_open) == 2 * ORDERS + 2
        assert await count(database, UNSETTLED) == 1
    await assert_recorded(database, live)
    assert await count(database, still_open) == 1


async def test_who_reads_orders_waits_until_they_are_marked(
    database: ConnectionSettings, live: RecordedExchange, unsettled: asyncio.Event
) -> None:
    archive = await PostgresArchive.open(database, live.recorder.settled)
    await live.commit(CancelAllOrders(ALICE))
    page = PageQuery(ALICE)
    reads = [
        asyncio.create_task(archive.orders(page, only_ended=True)),
        asyncio.create_task(archive.orders_by_id(ALICE, range(1, 200))),
    ]
    one = asyncio.create_task(archive.order(ALICE, 1))
    # Nobody has to wait for what is in other tables.
    assert len(await archive.fills(page)) == 1
    assert not any(read.done() for read in (*reads, one))
    unsettled.set()
    await is_settled(live)
    ended, by_id = await asyncio.gather(*reads)
    order = await one
    await archive.close()
    assert len(list(ended)) == len(by_id) == 2 * ORDERS + 1
    assert order is not None and order.status is OrderStatus.CANCELED


async def test_others_are_recorded_between_the_pieces(
    database: ConnectionSettings, live: RecordedExchange, unsettled: asyncio.Event
) -> None:
    await live.commit(CancelAllOrders(ALICE))
    unsettled.set()
    live.run(buy(ALICE, "0.1", "50"))
    while not live.recorder.settled.is_set():
        await live.commit(buy(BOB, "0.1", "50"))
    assert len(live.exchange.state.open_orders(BOB)) > 2 * ORDERS + 3
    await assert_recorded(database, live)


async def test_a_connection_that_breaks_between_the_pieces_loses_none(
    database: ConnectionSettings, live: RecordedExchange, unsettled: asyncio.Event
) -> None:
    await live.commit(CancelAllOrders(ALICE), CancelAllOrders(BOB))
    unsettled.set()
    assert await live.recorder.settle()
    unsettled.clear()
    assert await count(database, UNSETTLED) == 2
    await run_sql(database, CUT)
    unsettled.set()
    await live.commit(buy(ALICE, "0.1", "50"))
    await is_settled(live)
    await assert_recorded(database, live)


async def test_a_reset_has_nothing_left_to_mark(
    database: ConnectionSettings, live: RecordedExchange, unsettled: asyncio.Event
) -> None:
    await live.commit(CancelAllOrders(ALICE))
    await live.commit(Reset())
    assert live.recorder.settled.is_set()
    assert await count(database, UNSETTLED) == 0
    unsettled.set()
    await live.commit(*list(orders())[1:])
    assert len(live.exchange.state.orders) > 2 * ORDERS
    await assert_recorded(database, live)
