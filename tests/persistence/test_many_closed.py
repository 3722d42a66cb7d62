"""Very many orders that end at once cost the record little, and stand in it as they ended."""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.service.transaction import Source, Transaction
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.journal.encoding import Payload
from hypersim.storage.journal.events import written
from hypersim.storage.migrate import head
from hypersim.storage.ownership import Owner
from hypersim.storage.projection.rows import Rows
from hypersim.storage.projection.statement import bind
from hypersim.storage.recorder import BOUND_AT_ONCE_MAX
from hypersim.storage.tables.writing import Bound
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import CancelAllOrders, Command, ListInstrument, PassTime
from hypersim.trading.counters import Counters
from hypersim.trading.events import Event
from hypersim.trading.order import TimeInForce, Trigger
from hypersim.trading.rules import Rules
from tests.support.builders import (
    ALICE,
    START_MS,
    buy,
    depth,
    done,
    exchange,
    instrument,
    sell,
)
from tests.support.ledger_check import problems_of
from tests.support.memory_record import VAULT
from tests.support.recorded_exchange import loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
MANY = BOUND_AT_ONCE_MAX + 10
FEW = 20
EXPIRY_MS = START_MS + 1_000
_COLUMNS_OF_A_CLOSED_ORDER = 5


def opening() -> Iterator[Command]:
    """A rich account in a market without a limit that matters."""
    yield ListInstrument(instrument(open_orders_max=10 * MANY, algo_orders_max=MANY))
    yield OpenAccount("alice@example.com")
    yield Deposit(ALICE, "USDT", Decimal(10**9))
    yield Deposit(ALICE, "BTC", Decimal(10**6))


def orders() -> Iterator[Command]:
    """Of every kind, with one that is filled in part."""
    yield depth([("99", "5")], [("101", "0.5")])
    yield buy(ALICE, "1", "101", client_order_id="partly")
    dated = {"time_in_force": TimeInForce.GTD, "expires_ms": EXPIRY_MS}
    waiting = {"trigger": Trigger.STOP_LOSS, "trigger_price": Decimal(80)}
    for number in range(MANY):
        yield buy(ALICE, "0.1", str(60 + number % 30), client_order_id=f"a, \x1f{number}")
        yield sell(ALICE, "0.1", str(110 + number % 7), **dated)
        yield sell(ALICE, "0.1", "85", **waiting)


OWNER = Owner(0, head())
"""Of a new database."""


def bound(*happened: Event) -> Bound:
    """The statement that writes it."""
    told = Transaction(len(happened), 0, START_MS, Source.ADMIN, happened, {})
    rows = Rows({})
    rows.add([Payload(Counters(seq=len(happened)), written([told], VAULT))])
    return bind(rows, Counters(), OWNER)


async def assert_recorded(database: ConnectionSettings, live_picture: dict[str, object]) -> None:
    found = picture(*await loaded(database, RULES))
    for part, value in live_picture.items():
        assert found[part] == value, part
    assert await problems_of(database) == []


async def test_orders_that_expire_and_are_canceled_by_the_thousand_end_in_the_record(
    database: ConnectionSettings,
) -> None:
    async with recorded(database, RULES) as live:
        await live.commit(*opening(), *orders())
        live.now_ms = EXPIRY_MS
        await live.commit(PassTime())
        assert len(live.exchange.state.orders) == 2 * MANY + 1
        await assert_recorded(database, picture(live.exchange, live.view))
        await live.commit(CancelAllOrders(ALICE))
        assert not live.exchange.state.orders
        await assert_recorded(database, picture(live.exchange, live.view))


def test_only_what_changes_when_orders_end_is_sent() -> None:
    target = exchange(accounts=1, market=instrument(open_orders_max=10 * MANY))
    opened = [event for _ in range(FEW) for event in done(target, buy(ALICE, "1", "10"))]
    ended = done(target, CancelAllOrders(ALICE))
    alone = bound(*ended)
    assert alone.statement.count("UPDATE orders SET") == 1
    assert "INSERT INTO orders" not in alone.statement
    source = alone.statement.split("UPDATE orders SET")[1].split("AS source")[0]
    assert source.count("unnest(") == _COLUMNS_OF_A_CLOSED_ORDER
    # With their lines of the ledger, and what is left to whom.
    assert alone.rows == 2 * FEW + 1
    # Of an order that the tables have never seen, everything is sent.
    for mixed in ((*opened, *ended), (opened[0], *ended)):
        assert "INSERT INTO orders" in bound(*mixed).statement
