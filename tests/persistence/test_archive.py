"""What is too old for the memory is read from the record, filtered and in order."""

import asyncio
import gc
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.account.entries import EntryKind
from hypersim.market.candle import MINUTE_MS, Candle
from hypersim.market.ticker import Ticker
from hypersim.service.record import Amendment, PageQuery, RecordUnavailable
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.page import Page
from hypersim.storage.tables.money import LEDGER_LEGS, ORDER_ENTRIES, RARE_ENTRIES
from hypersim.trading import fees, fills
from hypersim.trading.commands import AmendOrder, CancelOrder
from hypersim.trading.rules import Rules
from tests.support.builders import ALICE, BOB, START_MS, SYMBOL, buy, sell
from tests.support.postgres import run_sql
from tests.support.random_session import opening
from tests.support.recorded_exchange import RecordedExchange, recorded

RULES = Rules(fills.load("touch"), fees.load("received"))


@pytest.fixture
async def live(database: ConnectionSettings) -> AsyncIterator[RecordedExchange]:
    """Ten orders of Alice, two of each millisecond, and one of Bob."""
    async with recorded(database, RULES) as running:
        await running.commit(*opening())
        for number in range(10):
            running.now_ms = START_MS + number // 2
            price = "101" if number % 3 == 0 else "90"
            await running.commit(buy(ALICE, "1", price, client_order_id=f"c-{number}"))
        await running.commit(sell(BOB, "1"), CancelOrder(ALICE, 2))
        yield running


@pytest.fixture
async def archive(database: ConnectionSettings) -> AsyncIterator[PostgresArchive]:
    opened = await PostgresArchive.open(database)
    yield opened
    await opened.close()


def ids(found: list[Any]) -> list[int]:
    return [one.id for one in found]


async def orders(archive: PostgresArchive, **filters: Any) -> list[int]:
    return ids(await archive.orders(PageQuery(ALICE, **filters), only_ended=False))


@pytest.mark.usefixtures("live")
async def test_orders_come_ascending_from_since_which_is_inclusive(
    archive: PostgresArchive,
) -> None:
    assert await orders(archive) == list(range(1, 11))
    assert await orders(archive, since_ms=START_MS + 3) == [7, 8, 9, 10]
    assert await orders(archive, since_ms=START_MS + 1, limit=3) == [3, 4, 5]
    assert await orders(archive, since_ms=START_MS + 1, until_ms=START_MS + 2) == [3, 4, 5, 6]
    assert await orders(archive, since_ms=START_MS + 99) == []


async def test_an_ended_order_is_found_by_its_name_the_latest_first(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    async def found(account_id: int, name: str, symbol: str = SYMBOL) -> int | None:
        order = await archive.order_by_client_id(account_id, symbol, name)
        return None if order is None else order.id

    assert await found(ALICE, "c-1") == 2
    assert await found(BOB, "c-1") is None
    assert await found(ALICE, "c-1", "ETH/USDT") is None
    # Open orders are in memory, which is asked first.
    assert await found(ALICE, "c-2") is None
    again = buy(ALICE, "1", "90", client_order_id="c-1", is_retry_safe=False)
    await live.commit(again, CancelOrder(ALICE, 12))
    assert await found(ALICE, "c-1") == 12


@pytest.mark.usefixtures("live")
async def test_without_since_a_limit_means_the_latest(archive: PostgresArchive) -> None:
    assert await orders(archive, limit=3) == [8, 9, 10]
    assert await orders(archive, until_ms=START_MS + 2, limit=3) == [4, 5, 6]
    assert await orders(archive, limit=0) == []


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("end_ms", [2**63 - 1, 2**63, 10**30])
async def test_times_of_any_size_can_be_asked_for(archive: PostgresArchive, end_ms: int) -> None:
    everything = {"since_ms": -end_ms, "until_ms": end_ms}
    assert await orders(archive, **everything) == list(range(1, 11))
    assert await orders(archive, until_ms=-end_ms) == []
    query = PageQuery(ALICE, since_ms=end_ms)
    assert await orders(archive, since_ms=end_ms) == []
    assert not await archive.fills(query)
    assert not await archive.order_lists(query)
    assert not await archive.prevented_matches(query)
    assert not await archive.ledger(query, None)
    assert await archive.candles(SYMBOL, -end_ms, end_ms) == []


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800"])
async def test_what_cannot_stand_in_the_record_is_not_there(
    archive: PostgresArchive, text: str
) -> None:
    assert await archive.ledger(PageQuery(ALICE), text) == []
    assert await archive.order_list_by_client_id(ALICE, text) is None
    assert await archive.order_by_client_id(ALICE, SYMBOL, text) is None
    assert await orders(archive, symbol=text) == []
    assert await archive.order(ALICE, 2**63) is None
    assert await orders(archive, from_id=2**63) == []


async def test_orders_come_by_their_latest_update_where_that_is_asked_for(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    live.now_ms = START_MS + 50
    await live.commit(CancelOrder(ALICE, 6))
    live.now_ms = START_MS + 60
    await live.commit(CancelOrder(ALICE, 3))
    since = START_MS + 50
    assert await orders(archive, since_ms=since) == []
    assert await orders(archive, since_ms=since, by_update=True) == [6, 3]
    assert await orders(archive, since_ms=since, by_update=True, limit=1) == [6]
    assert await orders(archive, until_ms=START_MS + 50, by_update=True, limit=1) == [6]
    assert 3 not in await orders(archive, until_ms=START_MS + 50, by_update=True)


@pytest.mark.usefixtures("live")
async def test_orders_are_filtered_by_symbol_and_by_having_ended(archive: PostgresArchive) -> None:
    assert await orders(archive, symbol="ETH/USDT") == []
    ended = await archive.orders(PageQuery(ALICE, symbol=SYMBOL), only_ended=True)
    assert ids(ended) == [1, 2, 4, 7, 10]


async def test_an_order_is_as_it_was_and_belongs_to_its_owner(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    for order_id in range(1, 11):
        assert await archive.order(ALICE, order_id) == live.view.orders[order_id]
    assert await archive.order(BOB, 1) is None
    assert await archive.order(ALICE, 999) is None


async def test_fills_come_by_time_and_by_order(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    everything = await archive.fills(PageQuery(ALICE))
    assert [fill.order_id for fill in everything] == [1, 4, 7, 10]
    assert everything == [
        fill for one in everything for fill in live.view.fills_by_order[one.order_id]
    ]
    assert ids(await archive.fills(PageQuery(ALICE, limit=2))) == ids(everything[-2:])
    since = everything[1].time_ms
    assert ids(await archive.fills(PageQuery(ALICE, since_ms=since, limit=2))) == ids(
        everything[1:3]
    )
    assert await archive.fills(PageQuery(ALICE), order_id=4) == [everything[1]]
    assert await archive.fills(PageQuery(BOB), order_id=4) == []
    by_order = await archive.fills_of(ALICE, [1, 2, 4])
    assert by_order == {1: [everything[0]], 2: [], 4: [everything[1]]}


async def test_the_amendments_of_an_order_are_kept_in_order(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    live.now_ms = START_MS + 50
    await live.commit(
        AmendOrder(ALICE, 3, Decimal("0.9"), client_order_id="second"),
        AmendOrder(ALICE, 3, Decimal("0.8")),
    )
    first, second = await archive.amendments(ALICE, 3, from_seq=0, limit=10)
    assert first == Amendment(
        3, 1, first.seq, ALICE, "c-2", "second", Decimal(1), Decimal("0.9"), START_MS + 50
    )
    assert (second.number, second.quantity) == (2, Decimal("0.8"))
    assert second.seq == first.seq + 1 == live.exchange.state.counters.seq
    assert await archive.amendments(ALICE, 3, from_seq=second.seq, limit=10) == [second]
    assert await archive.amendments(ALICE, 3, from_seq=0, limit=1) == [first]
    assert await archive.amendments(BOB, 3, from_seq=0, limit=10) == []
    assert await archive.order(ALICE, 3) == live.view.orders[3]


async def test_ledger_lines_come_by_seq(live: RecordedExchange, archive: PostgresArchive) -> None:
    lines = await archive.ledger(PageQuery(ALICE), None)
    assert [line.seq for line in lines] == sorted(line.seq for line in lines)
    assert {line.account_id for line in lines} == {ALICE}
    for asset in ("USDT", "BTC"):
        own = [line for line in lines if line.asset == asset]
        assert await archive.ledger(PageQuery(ALICE), asset) == own
        assert own[-1].available_after == live.view.balances[ALICE, asset].available
        assert sum((line.locked_change for line in own), Decimal(0)) == own[-1].locked_after
    assert await archive.ledger(PageQuery(ALICE, limit=4), None) == lines[-4:]
    since = START_MS + 2
    recent = [line for line in lines if line.time_ms >= since]
    assert await archive.ledger(PageQuery(ALICE, since_ms=since), None) == recent
    assert await archive.ledger(PageQuery(ALICE, since_ms=since, limit=2), None) == recent[:2]


async def test_ledger_lines_can_be_of_some_kinds_only(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    del live
    lines = await archive.ledger(PageQuery(ALICE), None)
    deposits = [line for line in lines if line.kind == "deposit"]
    kinds = (EntryKind.DEPOSIT, EntryKind.WITHDRAW)
    assert 0 < len(deposits) < len(lines)
    assert await archive.ledger(PageQuery(ALICE), None, kinds) == deposits
    last = [line for line in deposits if line.asset == "USDT"][-1:]
    assert await archive.ledger(PageQuery(ALICE, limit=1), "USDT", kinds) == last


async def test_deposits_are_found_without_reading_what_lies_between_them(
    live: RecordedExchange, database: ConnectionSettings
) -> None:
    """After a million orders, reading them all took a second."""
    del live
    page = Page(PageQuery(ALICE, limit=1_000), has_symbol=False)
    page.where("kind = ANY({}::text[])", ["deposit"])
    page.where(RARE_ENTRIES)
    statement, arguments = page.ledger_select(LEDGER_LEGS.select, None)
    plan = await run_sql(database, f"EXPLAIN {statement}", *arguments)
    assert any("ledger_rare_idx" in line[0] for line in plan), plan
    assert f"kind NOT IN {tuple(sorted(kind.value for kind in ORDER_ENTRIES))}" == RARE_ENTRIES


def candle(minute: int, close: str) -> Candle:
    price = Decimal(close)
    return Candle(minute * MINUTE_MS, price, price, price, price, Decimal("0.123"), trade_count=3)


async def test_candles_and_tickers_are_kept_and_the_later_version_counts(
    live: RecordedExchange, archive: PostgresArchive, database: ConnectionSettings
) -> None:
    live.committer.note(
        [(SYMBOL, candle(1, "5")), (SYMBOL, candle(1, "6")), ("X/Y", candle(1, "9"))]
    )
    ticker = Ticker(
        SYMBOL, START_MS, False, Decimal(1), None, None, None, None, None, None,
        Decimal("1.5"), Decimal(3), Decimal(4), 5, 0,
    )  # fmt: skip
    live.committer.note((), [replace(ticker, last=Decimal(1)), ticker])
    live.committer.flush(live.exchange.state.counters)
    await live.settled()
    live.committer.note([(SYMBOL, candle(2, "7")), (SYMBOL, candle(3, "8"))])
    live.committer.flush(live.exchange.state.counters)
    await live.settled()
    expected = [candle(1, "6"), candle(2, "7")]
    assert await archive.candles(SYMBOL, MINUTE_MS, 3 * MINUTE_MS) == expected
    rows = await run_sql(database, "SELECT symbol, last_price, bid_price, volume_24h FROM tickers")
    assert [tuple(row) for row in rows] == [(SYMBOL, Decimal("1.5"), Decimal(1), Decimal(3))]


async def test_a_database_that_is_away_is_no_raw_error(
    tmp_path: Any, postgres_server: ConnectionSettings
) -> None:
    archive = await PostgresArchive.open(replace(postgres_server, host=str(tmp_path)))
    with pytest.raises(RecordUnavailable, match="try again shortly"):
        await archive.order(ALICE, 1)
    await archive.close()


@pytest.mark.usefixtures("live")
async def test_reads_work_again_as_soon_as_the_database_is_back(
    archive: PostgresArchive, database: ConnectionSettings
) -> None:
    assert await orders(archive) == list(range(1, 11))
    await run_sql(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert await orders(archive) == list(range(1, 11))


async def test_who_stops_reading_as_it_closes_leaves_no_error(database: ConnectionSettings) -> None:
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    for turns in range(12):
        archive = await PostgresArchive.open(database)
        await archive.last_quotes()
        reading = asyncio.create_task(archive.last_quotes())
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.sleep(0)
        await archive.close()
        await asyncio.wait((reading,))
    gc.collect()
    assert unheard == []
