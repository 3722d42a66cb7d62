"""Order lists, conditional orders and prevented self-trades are in the record and come back."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from hypersim.market.events import TradePrinted
from hypersim.service.record import PageQuery
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.schema_upgrade import upgrade
from hypersim.trading import fees, fills
from hypersim.trading.commands import (
    CancelOrder,
    CancelOrderList,
    PlaceOrderList,
    ReplaceOrder,
)
from hypersim.trading.events import OrderTriggered
from hypersim.trading.order import CloseReason, SelfTradePrevention, Trigger
from hypersim.trading.order_list import ListKind, ListStatus
from hypersim.trading.rules import Rules
from tests.support.builders import ALICE, BOB, SYMBOL, buy, done, moved, quote, sell
from tests.support.postgres import run_sql
from tests.support.random_session import opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))


def pair(name: str, account_id: int = ALICE) -> PlaceOrderList:
    stop = sell(account_id, "1", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(95))
    goal = sell(account_id, "1", "110", post_only=True)
    return PlaceOrderList(account_id, SYMBOL, ListKind.OCO, (goal, stop), name)


@pytest.fixture
async def live(database: ConnectionSettings) -> AsyncIterator[RecordedExchange]:
    """Three lists of Alice, of which the first is over, and one of Bob."""
    async with recorded(database, RULES) as running:
        await running.commit(*opening())
        await running.commit(pair("a"), pair("bob's", BOB), CancelOrderList(ALICE, 1))
        for name in ("b", "a"):
            running.now_ms += 1
            await running.commit(pair(name))
        yield running


@pytest.fixture
async def archive(database: ConnectionSettings) -> AsyncIterator[PostgresArchive]:
    opened = await PostgresArchive.open(database)
    yield opened
    await opened.close()


async def list_ids(archive: PostgresArchive, **filters: Any) -> list[int]:
    return [one.id for one in await archive.order_lists(PageQuery(ALICE, **filters))]


async def test_lists_are_found_by_id_by_client_id_and_by_time(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    own = [one for one in live.view.lists.values() if one.account_id == ALICE]
    ids = sorted(one.id for one in own)
    assert await list_ids(archive) == ids
    for one in own:
        assert await archive.order_list(ALICE, one.id) == one
        assert await archive.order_list(BOB, one.id) is None
    latest = await archive.order_list_by_client_id(ALICE, "a")
    assert latest is not None and latest.id == ids[-1] and latest.status is ListStatus.EXECUTING
    assert await archive.order_list_by_client_id(ALICE, "bob's") is None
    assert await list_ids(archive, from_id=ids[1]) == ids[1:]
    assert await list_ids(archive, from_id=ids[0], limit=1) == ids[:1]
    assert await list_ids(archive, limit=1) == ids[-1:]
    assert await list_ids(archive, since_ms=own[1].created_ms) == ids[1:]
    assert await list_ids(archive, symbol="ETH/USDT") == []
    live.now_ms += 10
    await live.commit(CancelOrderList(ALICE, ids[1]))
    assert await list_ids(archive, since_ms=live.now_ms) == []
    assert await list_ids(archive, since_ms=live.now_ms, by_update=True) == [ids[1]]


async def test_orders_are_found_by_their_ids(
    live: RecordedExchange, archive: PostgresArchive
) -> None:
    found = await archive.orders_by_id(ALICE, [2, 1, 99])
    assert found == {1: live.view.orders[1], 2: live.view.orders[2]}
    assert await archive.orders_by_id(BOB, [1]) == {}
    page = await archive.orders(PageQuery(ALICE, from_id=2, limit=2), only_ended=False)
    assert [order.id for order in page] == [2, 5]


async def test_prevented_matches_are_found_by_order_and_by_id(
    database: ConnectionSettings, archive: PostgresArchive
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening(), sell(ALICE, "3", "100"), sell(ALICE, "2", "100.0"))
        decrement = SelfTradePrevention.DECREMENT
        await live.commit(buy(ALICE, "1", "100", self_trade_prevention=decrement))
        await live.commit(buy(ALICE, "9", "100"))
        maker = live.view.orders[1]
        assert maker.prevented == Decimal(3)
        assert maker.prevented_match_id == 2
        assert maker.close_reason is CloseReason.SELF_TRADE
    every = await archive.prevented_matches(PageQuery(ALICE))
    assert [(one.id, one.taker_order_id, one.maker_order_id) for one in every] == [
        (1, 3, 1),
        (2, 4, 1),
        (3, 4, 2),
    ]
    assert [one.quantity for one in every] == [1, 2, 2]
    assert [one.taker_quantity for one in every] == [1, None, None]
    assert [one.maker_quantity for one in every] == [1, 2, 2]
    assert await archive.prevented_matches(PageQuery(ALICE), order_id=1) == every[:2]
    assert await archive.prevented_matches(PageQuery(ALICE), order_id=4) == every[1:]
    assert await archive.prevented_matches(PageQuery(ALICE, from_id=2, limit=1)) == every[1:2]
    assert await archive.prevented_matches(PageQuery(ALICE), match_id=3) == every[2:]
    assert await archive.prevented_matches(PageQuery(BOB), match_id=3) == []


async def test_conditional_orders_and_lists_go_on_after_a_restart(
    live: RecordedExchange, database: ConnectionSettings
) -> None:
    exchange, view = await loaded(database, RULES)
    assert picture(exchange, view) == picture(live.exchange, live.view)
    done(exchange, quote("99", "101"), live.now_ms)
    events = done(
        exchange, moved(TradePrinted(SYMBOL, 0, Decimal(95), Decimal(1), False)), live.now_ms
    )
    triggered = [event.order.account_id for event in events if isinstance(event, OrderTriggered)]
    assert sorted(triggered) == [ALICE, ALICE, BOB]
    assert not exchange.state.lists


async def test_a_replacement_that_changes_nothing_leaves_no_trace(
    live: RecordedExchange, database: ConnectionSettings
) -> None:
    (before,) = await run_sql(database, "SELECT * FROM checkpoint")
    replaced = ReplaceOrder(
        CancelOrder(ALICE, 99), buy(ALICE, "1000", "100"), continues_on_failure=True
    )
    await live.commit(replaced)
    (after,) = await run_sql(database, "SELECT * FROM checkpoint")
    assert tuple(before) == tuple(after)


async def test_orders_from_before_conditional_ones_count_as_working(
    empty_database: ConnectionSettings,
) -> None:
    await upgrade(empty_database, "0001")
    await run_sql(
        empty_database,
        "INSERT INTO orders (id, user_id, rank, created_at, updated_at, symbol, side, type,"
        " time_in_force, status, self_trade_prevention, post_only, amount, price, filled, cost,"
        " fee, locked) VALUES (1, 1, 1, now(), now(), 'BTC/USDT', 'buy', 'limit', 'GTC', 'open',"
        " 'none', false, 1, 1, 0, 0, 0, 1)",
    )
    await upgrade(empty_database, "0002")
    (row,) = await run_sql(
        empty_database, "SELECT working_at = created_at, prevented, amendments FROM orders"
    )
    assert tuple(row) == (True, 0, 0)
