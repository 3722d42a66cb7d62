"""A column of orders is declared once: what is written, what is left out, what is read and what the
database is told of it follow."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import fields, replace

from hypersim.storage.projection.emptying import EMPTIED
from hypersim.storage.tables import markets, money, orders, users
from hypersim.storage.tables.kinds import USUAL_MARKS, Kind
from hypersim.storage.tables.orders import CLOSED_ORDERS, ORDERS
from hypersim.storage.tables.schema import metadata
from hypersim.storage.tables.table import BESIDE, Column, Table
from hypersim.trading.events import OrderAccepted
from hypersim.trading.order import Order, PegBasis, Trigger
from tests.support.builders import ALICE, buy, depth, done, exchange

ONE = Decimal(1)
OF_JOURNAL = ("projection_owner", "checkpoint", "journal", "journal_chunks", "journal_images")
TABLES = [
    # Two more show what others hold.
    found
    for module in (markets, money, orders, users)
    for found in vars(module).values()
    if isinstance(found, Table) and found not in (CLOSED_ORDERS, money.LEDGER_LEGS)
]

SPECIAL: list[dict[str, Any]] = [
    {"trigger": Trigger.STOP_LOSS, "trigger_price": ONE},
    {"trigger": Trigger.STOP_LOSS, "trailing_delta": 10, "trailing_price": ONE, "trailing_ms": 1},
    {"iceberg_quantity": ONE, "shown": ONE},
    {"list_id": 1},
    {"quote_quantity": ONE},
    {"expires_ms": 1},
    {"strategy_id": 0},
    {"strategy_type": 0},
    {"prevented": ONE, "prevented_match_id": 1},
    {"amendments": 1},
    {"peg_basis": PegBasis.PRIMARY},
]


def plain_order() -> Order:
    target = exchange()
    done(target, depth([("99", "5")], [("101", "5")]))
    accepted = done(target, buy(ALICE, "1", "100"))[0]
    assert isinstance(accepted, OrderAccepted)
    return accepted.order


def filled(table: Table[Any], some: list[Any]) -> tuple[Table[Any], dict[str, str]]:
    """Which table they fit into, and what crosses to the database, by column."""
    fitting, columns = table.filled(some, ended_seq=[None] * len(some))
    names = [column.name for column in fitting.columns]
    return fitting, dict(zip(names, fitting.encode(columns, USUAL_MARKS), strict=True))


def test_plain_orders_are_written_without_what_none_of_them_has() -> None:
    fitting, _ = filled(ORDERS, [plain_order()])
    assert fitting is ORDERS.plain
    left_out = {column.name for column in ORDERS.columns if column not in ORDERS.plain.columns}
    assert len(left_out) == len(ORDERS.columns) - len(ORDERS.plain.columns) == 18


@pytest.mark.parametrize("changes", SPECIAL)
def test_one_special_order_brings_all_columns(changes: dict[str, Any]) -> None:
    fitting, _ = filled(ORDERS, [plain_order(), replace(plain_order(), id=2, **changes)])
    assert fitting is ORDERS


def test_every_field_of_an_order_has_its_column() -> None:
    declared = [column.source for column in ORDERS.columns if column.source != BESIDE]
    assert sorted(declared) == sorted(field.name for field in fields(Order))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_schema_has_the_declared_columns(table: Table[Any]) -> None:
    made = metadata.tables[table.name].columns
    assert {column.name for column in table.columns} == {*made.keys()}
    assert {column.name for column in made if column.nullable} == {
        column.name for column in table.columns if column.null
    }


def test_a_reset_empties_every_table_but_those_of_markets() -> None:
    of_accounts = [table.name for table in TABLES if table not in vars(markets).values()]
    assert sorted(EMPTIED) == sorted(of_accounts)
    assert {*metadata.tables} == {*OF_JOURNAL, *(table.name for table in TABLES)}


class Marked(Order, frozen=True):
    """An order with something that orders do not have yet."""

    lucky_number: int | None = None
    patience_ms: int = 0


def test_a_column_more_is_one_line() -> None:
    lucky = Column("lucky_number", Kind.INTEGER, null=True, rare="lucky_number")
    patience = Column("patient_until", Kind.TIME, "patience_ms", changes=False)
    table = Table("orders", Marked, (*ORDERS.columns, lucky, patience), ("id",))
    plain = Marked(**{name: getattr(plain_order(), name) for name in Order.__struct_fields__})
    special = replace(plain, lucky_number=7, patience_ms=1_500)
    fitting, written = filled(table, [plain, special])
    assert fitting is table
    assert (written["lucky_number"], written["patient_until"]) == ("None,7", "0,1500")
    fitting, written = filled(table, [plain])
    assert fitting is table.plain and "lucky_number" not in written
    inserted, rarely = table.write(3), table.plain.write(3)
    assert '"lucky_number" = excluded."lucky_number"' in inserted
    assert '"patient_until" = excluded' not in inserted and '"patient_until"' in rarely
    assert rarely.count("NULL") == ORDERS.plain.write(3).count("NULL") + 1
    assert '"lucky_number" AS "lucky_number"' in table.select
    row = {column.source: getattr(special, column.source) for column in table.columns[:-3]}
    row |= {"lucky_number": 7, "patience_ms": 1_500}
    assert table.read([row]) == [special]
