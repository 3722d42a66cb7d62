"""The checks that the crash tests rest on: silent about a sound record, loud about any other."""

import pytest

from hypersim.storage.connection import ConnectionSettings
from hypersim.trading import fees, fills
from hypersim.trading.rules import Rules
from tests.support.ledger_check import CHECKS, problems_of
from tests.support.postgres import run_script
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import recorded

RULES = Rules(fills.load("depth"), fees.load("received"))

DAMAGE = {
    "an entry's legs do not sum to zero": "DELETE FROM ledger WHERE user_id < 0 AND seq = 3",
    "a ledger line does not follow from the one before it": (
        "UPDATE ledger SET legs = regexp_replace(legs, ' [^ ]+ ([^ ]+)$', ' 77 \\1') WHERE seq = 3"
    ),
    "a balance is not the sum of its ledger": (
        "UPDATE balances SET available = available + 1 WHERE user_id = 1"
    ),
    "an asset does not sum to zero over all accounts": "DELETE FROM balances WHERE user_id = -3",
    "the ledger has a gap, or is not as long as the checkpoint says": (
        "DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)"
    ),
    "an order id or a trade id is missing, or beyond the checkpoint": (
        "DELETE FROM orders WHERE id = 2"
    ),
    "what is locked is not what open orders and lists hold": (
        "UPDATE orders SET locked = 0, status = 'canceled' WHERE status = 'open'"
    ),
    "an order holds what it should not": "UPDATE orders SET locked = locked + 1",
    "an order is in a status that does not fit what was filled": (
        "UPDATE orders SET status = 'filled' WHERE filled < amount"
    ),
    "an order is not what its trades sum up to": (
        "DELETE FROM trades WHERE id = (SELECT max(id) FROM trades)"
    ),
    "a trade is in the ledger more or less often than it has halves": (
        "UPDATE trades SET id = id + 1000000"
    ),
    "an account has a client order id twice in a symbol": (
        "UPDATE orders SET client_order_id = 'same'"
    ),
}


async def trade_for_a_while(database: ConnectionSettings) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening())
        for command in commands(live.exchange, 7, 500, live.now_ms):
            live.run(command)
        await live.settled()


async def test_a_sound_record_has_no_problems(database: ConnectionSettings) -> None:
    await trade_for_a_while(database)
    assert await problems_of(database) == []


@pytest.mark.parametrize("problem", CHECKS)
async def test_damage_is_noticed(database: ConnectionSettings, problem: str) -> None:
    await trade_for_a_while(database)
    await run_script(
        database, "ALTER TABLE ledger DISABLE TRIGGER ledger_append_only", DAMAGE[problem]
    )
    assert any(found.startswith(problem) for found in await problems_of(database))
