"""What somebody changed, dropped or added in a table of the record is named, whichever it is."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import asyncpg
import pytest

from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.growth import upkeep
from hypersim.trading.account_commands import EndWithdrawal, RequestWithdrawal
from tests.persistence.test_rewind import RULES, a_past, problems
from tests.support.builders import ALICE
from tests.support.postgres import run_sql
from tests.support.recorded_exchange import recorded


class Damage(NamedTuple):
    """What breaks a row, what mends it again, and how it is named."""

    done: str
    mended: str
    said: str


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "CHUNK_ROWS", 20)
    monkeypatch.setattr(upkeep, "SEGMENT_EVENTS", 50)


async def test_what_was_changed_by_hand_is_named(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live:
        await a_past(database, live)
        for number in range(2):
            await live.commit(
                RequestWithdrawal(ALICE, "USDT", Decimal(2), Decimal(1), "TRX", f"to-{number}")
            )
        withdrawal_id = live.exchange.state.counters.withdrawal_id
        await live.commit(EndWithdrawal(withdrawal_id, is_rejected=False))
    ((open_id,),) = await run_sql(database, "SELECT min(id) FROM orders WHERE ended_seq IS NULL")
    ((ended_id,),) = await run_sql(database, "SELECT max(id) FROM orders WHERE ended_seq > 0")
    connection = await asyncpg.connect(**database.asyncpg_kwargs())
    try:
        await connection.execute("ALTER TABLE ledger DISABLE TRIGGER ledger_append_only")
        for statement, back, said in (*changed(open_id, ended_id), *dropped(ended_id), *added()):
            assert (await connection.execute(statement))[-2:] != " 0", statement
            assert said in await problems(database), statement
            await connection.execute(back)
    finally:
        await connection.close()
    assert await problems(database) == ""


def changed(open_id: int, ended_id: int) -> Iterator[Damage]:
    """A column of a row."""
    for table, column, where, said in (
        ("balances", "available", "user_id = 1 AND asset = 'USDT'", "account 1 in USDT: available"),
        ("orders", "amount", f"id = {open_id}", f"order {open_id}: quantity is"),
        ("orders", "amount", f"id = {ended_id}", f"order {ended_id}: quantity is"),
        ("orders", "ended_seq", f"id = {ended_id}", f"order {ended_id}: ended_seq is"),
        ("trades", "fee", "id = (SELECT max(id) FROM trades)", "fee is"),
        ("order_amendments", "amount_before", "true", ": previous_quantity is"),
        ("prevented_matches", "price", "true", ": price is"),
        ("order_lists", "locked", "status = 'done'", ": hold is"),
        ("withdrawals", "amount", "ended_at IS NOT NULL", ": amount is"),
        ("withdrawals", "amount", "ended_at IS NULL", ": amount is"),
        ("checkpoint", "order_id", "true", "the exchange: order_id is"),
    ):
        changing = f"UPDATE {table} SET {column} = {column} {{}} 1 WHERE {where}"
        yield Damage(changing.format("+"), changing.format("-"), said)
    rate = "UPDATE users SET taker_fee_rate = taker_fee_rate {} 2 WHERE id = 2"
    yield Damage(rate.format("/"), rate.format("*"), "user 2: fee_rates is")
    legs = "UPDATE ledger SET legs = {} WHERE seq = 3 AND user_id > 0"
    yield Damage(
        legs.format("legs || '7'"), legs.format("left(legs, -1)"), "entry 3: locked_after is"
    )
    word = "UPDATE ledger SET reference = {} WHERE seq = 3"
    yield Damage(
        word.format("'~' || reference"), word.format("substr(reference, 2)"), "reference is"
    )
    turned = "UPDATE api_keys SET position = -position"
    yield Damage(turned, turned, "API keys stand in another order in the tables")


def dropped(ended_id: int) -> Iterator[Damage]:
    """A row."""
    for table, row, said in (
        ("orders", f"id = {ended_id}", f"order {ended_id} is not in"),
        ("trades", "id = 1", "trade 1 of order"),
        ("ledger", "seq = 3", "leg 0 of ledger entry 3 is not in"),
        ("order_amendments", "number = 1", "is not in the tables"),
        ("prevented_matches", "id = 1", "prevented match 1 is not in"),
        ("order_lists", "status = 'done'", "is not in the tables"),
        ("withdrawals", "ended_at IS NOT NULL", "is not in the tables"),
        ("users", "id = 3", "user 3 is not in"),
        ("api_keys", "api_key = 'public'", "API key public is not in"),
    ):
        kept = f"CREATE TABLE kept AS SELECT * FROM {table} WHERE {row};"
        back = f"INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept;"
        yield Damage(f"{kept} DELETE FROM {table} WHERE {row}", back, said)


def added() -> Iterator[Damage]:
    """A row that is like another one, with a number of its own."""
    for table, number, said in (
        ("orders", "id", "order 9999 is in the tables and not in the journal"),
        ("trades", "id", "trade 9999 is in"),
        ("ledger", "seq", "ledger entry 9999 is in"),
        ("order_amendments", "number", "amendment 9999 of order"),
        ("prevented_matches", "id", "prevented match 9999 is in"),
        ("order_lists", "id", "order list 9999 is in"),
        ("withdrawals", "id", "withdrawal 9999 is in"),
    ):
        more = (
            f"CREATE TABLE more AS SELECT * FROM {table} LIMIT 1;"
            f" UPDATE more SET {number} = 9999; INSERT INTO {table} SELECT * FROM more;"
            " DROP TABLE more"
        )
        yield Damage(more, f"DELETE FROM {table} WHERE {number} = 9999", said)
