"""What is loaded at a start is what was there before."""

import random
from decimal import Decimal

import pytest

from hypersim.service.record import PageQuery
from hypersim.storage import integrity
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import ListInstrument
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE, SYMBOL, buy, instrument, quote
from tests.support.postgres import run_script, run_sql
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))


def rules_of(matching: Matching, seed: int) -> Rules:
    model = fees.names()[seed % len(fees.names())]
    return Rules(fills.load("depth"), fees.load(model), matching)


async def play(live: RecordedExchange, seed: int, count: int) -> None:
    """Commands, a few to a batch, in time that goes on."""
    dice = random.Random(seed)
    for command in commands(live.exchange, seed, count, live.now_ms):
        live.now_ms += dice.randint(0, 20)
        live.run(command)
        if dice.random() < 0.2:
            await live.settled()
    await live.settled()


@pytest.mark.parametrize("matching", list(Matching))
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_loaded_exchange_equals_the_live_one(
    database: ConnectionSettings, matching: Matching, seed: int
) -> None:
    rules = rules_of(matching, seed)
    async with recorded(database, rules) as live:
        await live.commit(*opening())
        await play(live, seed, 600)
        state = live.exchange.state
        assert state.orders and vars(state.recent)["_orders"] and live.view.fills_by_order
        expected = picture(live.exchange, live.view)
        found = picture(*await loaded(database, rules))
    for part, value in expected.items():
        assert found[part] == value, part


async def test_a_restarted_exchange_goes_on_as_if_it_had_never_stopped(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        await play(live, 5, 200)
        now_ms = live.now_ms
    async with recorded(database, RULES) as live:
        live.now_ms = now_ms
        await live.commit(quote("99", "101"))
        await play(live, 6, 200)
        assert picture(*await loaded(database, RULES)) == picture(live.exchange, live.view)


async def test_numbers_survive_to_the_last_digit(database: ConnectionSettings) -> None:
    largest = Decimal("999999999999999999.999999999999999999")
    smallest = Decimal("0.000000000000000001")
    async with recorded(database, RULES) as live:
        await live.commit(OpenAccount("a@example.com"), Deposit(ALICE, "BIG", largest))
        await live.commit(Deposit(ALICE, "TINY", smallest), Deposit(ALICE, "TINY", smallest))
    _, view = await loaded(database, RULES)
    assert view.balances[ALICE, "BIG"].available == largest
    assert view.balances[ALICE, "TINY"].available == 2 * smallest
    archive = await PostgresArchive.open(database)
    lines = await archive.ledger(PageQuery(ALICE), None)
    await archive.close()
    assert [line.available_change for line in lines] == [largest, smallest, smallest]


async def test_the_columns_of_the_source_design_can_be_read_with_plain_sql(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(ListInstrument(instrument()), OpenAccount("a@example.com"))
        await live.commit(Deposit(ALICE, "USDT", Decimal(1_000)), quote("99", "101"))
        await live.commit(buy(ALICE, "1.5", "101"), buy(ALICE, "2", "90"))
    rows = await run_sql(
        database,
        "SELECT symbol, side, type, amount, price, filled, status,"
        " extract(epoch FROM created_at) * 1000 AS ms FROM orders ORDER BY id",
    )
    assert [tuple(row)[:-1] for row in rows] == [
        (SYMBOL, "buy", "limit", Decimal("1.5"), Decimal(101), Decimal("1.5"), "filled"),
        (SYMBOL, "buy", "limit", Decimal(2), Decimal(90), Decimal(0), "open"),
    ]
    assert [row["ms"] for row in rows] == [live.now_ms] * 2
    (balance,) = await run_sql(
        database, "SELECT available, locked FROM balances WHERE user_id = 1 AND asset = 'USDT'"
    )
    assert tuple(balance) == (Decimal("668.5"), Decimal(180))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("UPDATE balances SET available = available + 1 WHERE user_id = 2", "account 2"),
        ("UPDATE balances SET locked = 0 WHERE locked > 0", "adds up to"),
        ("DELETE FROM balances WHERE user_id = 3 AND asset = 'BTC'", "the BTC of account 3"),
        ("DELETE FROM ledger WHERE seq = 3", "ledger ends at entry"),
        ("UPDATE checkpoint SET ledger_seq = ledger_seq + 1", "the checkpoint says"),
        ("DELETE FROM checkpoint", "lost its checkpoint"),
    ],
)
async def test_a_record_that_contradicts_itself_is_refused(
    database: ConnectionSettings, change: str, complaint: str
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening(), buy(ALICE, "1", "90"))
    await run_script(database, "ALTER TABLE ledger DISABLE TRIGGER ALL", change)
    with pytest.raises(DatabaseUnavailable, match=complaint) as caught:
        await loaded(database, RULES)
    assert "\n" not in str(caught.value)


async def test_a_record_that_lacks_its_checkpoint_is_refused(database: ConnectionSettings) -> None:
    await run_script(database, "DROP TABLE checkpoint CASCADE")
    with pytest.raises(
        DatabaseUnavailable, match="the checkpoint or the journal cannot be read"
    ) as caught:
        async with recorded(database, RULES):
            pytest.fail("it was opened")
    assert "\n" not in str(caught.value)


async def test_of_a_long_ledger_the_newest_part_is_added_up(
    database: ConnectionSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "LEDGER_ENTRIES_CHECKED", 4)
    async with recorded(database, RULES) as live:
        await live.commit(*opening(), buy(ALICE, "1", "90"))
        await play(live, 4, 50)
    assert live.exchange.state.counters.ledger_seq > 20
    await loaded(database, RULES)
    await run_sql(database, "UPDATE balances SET available = available + 1 WHERE user_id = 3")
    with pytest.raises(DatabaseUnavailable, match="of account 3 is not what its ledger"):
        await loaded(database, RULES)
    await run_script(
        database,
        "UPDATE balances SET available = available - 1 WHERE user_id = 3",
        "UPDATE balances SET available = available + 1 WHERE user_id = -2 AND asset = 'USDT'",
    )
    with pytest.raises(DatabaseUnavailable, match="USDT do not sum to zero"):
        await loaded(database, RULES)


async def test_money_from_nowhere_is_noticed(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
    await run_script(
        database,
        "ALTER TABLE ledger DISABLE TRIGGER ALL",
        "UPDATE ledger SET legs = concat_ws(' ', split_part(legs, ' ', 1), 'USDT',"
        " split_part(legs, ' ', 3)::numeric + 5, 0, split_part(legs, ' ', 5)::numeric + 5, 0)"
        " WHERE seq = 1 AND user_id = 1",
        "UPDATE balances SET available = available + 5 WHERE user_id = 1 AND asset = 'USDT'",
    )
    with pytest.raises(DatabaseUnavailable, match="USDT do not sum to zero"):
        await loaded(database, RULES)
