"""Histories come page by page from the record, the latest first, and are counted there; the record
in memory, on which other tests rely, answers the same."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.account.entries import EntryKind
from hypersim.account.withdrawal import WithdrawalStatus
from hypersim.service.record import Archive, Entry, LedgerRow, PageQuery
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import (
    Deposit,
    EndWithdrawal,
    MoveToWallet,
    OpenAccount,
    RequestWithdrawal,
    Withdraw,
)
from hypersim.trading.commands import Command
from hypersim.trading.events import Event
from hypersim.trading.rules import Rules
from tests.support.builders import ALICE, BOB, START_MS, transaction
from tests.support.memory_record import MemoryRecord
from tests.support.recorded_exchange import RecordedExchange, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
MOVES = 7
TO_FUNDING, MONEY = (EntryKind.TO_FUNDING,), (EntryKind.DEPOSIT, EntryKind.WITHDRAW)


@pytest.fixture
async def archives(database: ConnectionSettings) -> AsyncIterator[tuple[Archive, Archive]]:
    """Of Postgres, and of the memory, after the same has happened: every millisecond one more."""
    memory = MemoryRecord()
    async with recorded(database, RULES) as live:
        for account_id in (ALICE, BOB):
            await both(live, memory, OpenAccount(f"{account_id}@example.com"))
        for number in range(MOVES):
            live.now_ms = START_MS + number
            for account_id in (ALICE, BOB):
                amount, asset = Decimal(10 + number), ("USDT", "BTC")[number % 2]
                await both(live, memory, Deposit(account_id, asset, 3 * amount))
                await both(live, memory, MoveToWallet(account_id, asset, amount, to_funding=True))
                await both(live, memory, Withdraw(account_id, asset, Decimal(1)))
                asked = RequestWithdrawal(account_id, asset, amount, Decimal(1), "TRX", "there")
                await both(live, memory, asked)
        await both(live, memory, EndWithdrawal(1, is_rejected=False))
        archive = await PostgresArchive.open(database)
        yield archive, memory
        await archive.close()


async def both(live: RecordedExchange, memory: MemoryRecord, command: Command) -> None:
    events: Sequence[Event]
    events, rejected = live.exchange.execute(command, live.now_ms)
    assert rejected is None, rejected
    state = live.exchange.state
    happened = transaction(events, state, live.now_ms)
    await memory.commit(Entry([happened], replace(state.counters)))
    live.committer.add(state.counters, happened)
    await live.settled()


@pytest.mark.parametrize("since_ms", [None, START_MS + 2])
async def test_pages_of_the_ledger_add_up_to_it(
    archives: tuple[Archive, Archive], since_ms: int | None
) -> None:
    query = PageQuery(ALICE, since_ms=since_ms, is_latest=True)
    for archive in archives:
        whole = await archive.ledger(query, None, TO_FUNDING)
        assert len(whole) == await archive.count_ledger(query, TO_FUNDING)
        assert len(whole) == (MOVES if since_ms is None else MOVES - 2)
        assert await archive.count_ledger(replace(query, limit=1, offset=3), TO_FUNDING) == len(
            whole
        )
        paged: list[LedgerRow] = []
        for offset in range(0, MOVES + 2, 2):
            page = await archive.ledger(replace(query, limit=2, offset=offset), None, TO_FUNDING)
            assert len(page) <= 2
            paged = [*page, *paged]
        assert paged == whole
        assert await archive.ledger(replace(query, limit=2, offset=2**70), None, TO_FUNDING) == []
    first, second = [await archive.ledger(query, None, TO_FUNDING) for archive in archives]
    assert first == second


async def test_what_comes_and_what_goes_are_told_apart(archives: tuple[Archive, Archive]) -> None:
    query = PageQuery(ALICE, since_ms=START_MS + 1, limit=4, is_latest=True, offset=1)
    for archive in archives:
        came = await archive.ledger(query, None, MONEY, gains=True)
        went = await archive.ledger(query, None, MONEY, gains=False)
        assert [row.time_ms - START_MS for row in came] == [2, 3, 4, 5]
        assert [row.kind for row in came] == [EntryKind.DEPOSIT] * 4
        assert [row.time_ms - START_MS for row in went] == [2, 3, 4, 5]
        assert [row.kind for row in went] == [EntryKind.WITHDRAW] * 4
        of_bitcoin = await archive.ledger(query, "BTC", MONEY, gains=True)
        assert [row.time_ms - START_MS for row in of_bitcoin] == [1, 3]


async def test_withdrawals_are_paged_by_status(archives: tuple[Archive, Archive]) -> None:
    query = PageQuery(ALICE, since_ms=START_MS, limit=3, is_latest=True, offset=1)
    for archive in archives:
        waiting = await archive.withdrawals(query, status=WithdrawalStatus.PROCESSING)
        assert [one.requested_ms - START_MS for one in waiting] == [3, 4, 5]
        query_all = replace(query, limit=None, offset=0)
        ended = await archive.withdrawals(query_all, status=WithdrawalStatus.COMPLETED)
        assert [one.id for one in ended] == [1]
