"""Who has what, and how it came to be so."""

import msgspec

from hypersim.account.entries import Balance, EntryKind
from hypersim.account.withdrawal import Withdrawal
from hypersim.service.record import LedgerRow
from hypersim.storage.tables.kinds import Kind
from hypersim.storage.tables.table import BESIDE, Column, Table

BALANCES = Table(
    "balances",
    Balance,
    (
        Column("user_id", Kind.INTEGER, BESIDE),
        Column("asset", Kind.TEXT, BESIDE),
        Column("available", Kind.MONEY),
        Column("locked", Kind.MONEY),
    ),
    key=("user_id", "asset"),
)


class EntryRow(msgspec.Struct, frozen=True, gc=False):
    """What one entry of the ledger changed for one account. `legs`: six words for each asset, see
    `LEG_WORDS`, one after the other: numbers exact, and for who writes cheaper than columns."""

    seq: int
    account_id: int
    kind: str
    reference: str
    legs: str
    time_ms: int


RARE_ENTRIES = "kind NOT IN ('hold', 'release', 'trade')"
"""Ledger lines that are not of an order. A query that says just this finds them by an index of
their own."""

ORDER_ENTRIES = frozenset({EntryKind.HOLD, EntryKind.RELEASE, EntryKind.TRADE})
"""The kinds that `RARE_ENTRIES` leaves out."""

LEG_WORDS = (
    "leg",
    "asset",
    "available_change",
    "locked_change",
    "available_after",
    "locked_after",
)
"""What the words of a leg are. Legs are counted over all accounts of an entry."""

LEGS_MAX = 3
"""Of one account in one entry: a trade's base, its quote, and what the fee is paid in."""

LEDGER = Table(
    "ledger",
    EntryRow,
    (
        Column("seq", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, "account_id"),
        Column("kind", Kind.WORD),
        Column("reference", Kind.TEXT, note="order:1, trade:1, or the request's"),
        Column("legs", Kind.TEXT, note="six words for each asset; the view ledger_legs tells them"),
        Column("created_at", Kind.TIME, "time_ms"),
    ),
)

_LEG_COLUMNS = (
    Column("seq", Kind.INTEGER),
    Column("leg", Kind.SMALL),
    Column("user_id", Kind.INTEGER, "account_id"),
    Column("asset", Kind.TEXT),
    Column("kind", Kind.WORD),
    Column("reference", Kind.TEXT, note="order:1, trade:1, or the request's"),
    Column("available_change", Kind.MONEY),
    Column("locked_change", Kind.MONEY),
    Column("available_after", Kind.MONEY),
    Column("locked_after", Kind.MONEY),
    Column("created_at", Kind.TIME, "time_ms"),
)

LEDGER_LINES = Table("ledger_lines", LedgerRow, _LEG_COLUMNS)
"""What the ledger was until its rows were entries, one row for each leg; nothing is added."""

LEDGER_LEGS = Table("ledger_legs", LedgerRow, _LEG_COLUMNS)
"""The view that shows both leg by leg."""


def word_of(leg: int, name: str) -> str:
    """SQL of a word of an entry's first (0), second or third leg; empty where there is none."""
    return f"split_part(legs, ' ', {len(LEG_WORDS) * leg + LEG_WORDS.index(name) + 1})"


def _part(leg: int) -> str:
    """SQL of the rows that this leg of entries makes."""
    of = {name: word_of(leg, name) for name in LEG_WORDS}
    of |= {name: f"{word}::numeric" for name, word in of.items() if name not in ("leg", "asset")}
    of["leg"] += "::smallint"
    columns = ", ".join([f"{of.get(one.name, one.name)} AS {one.name}" for one in _LEG_COLUMNS])
    # Only a trade has more legs of an account than one.
    where = f" WHERE kind = 'trade' AND {of['asset']} <> ''" if leg else ""
    return f"SELECT {columns} FROM ledger{where}"


LEG_PARTS = (
    f"SELECT {', '.join([one.name for one in _LEG_COLUMNS])} FROM ledger_lines",
    *map(_part, range(LEGS_MAX)),
)
"""SQL of the parts of the view: the old lines, and the first, the second and the third leg. Who
reads in the order of an index asks each for itself: of them together no index has an order."""

WITHDRAWALS = Table(
    "withdrawals",
    Withdrawal,
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, "account_id", changes=False),
        Column("asset", Kind.TEXT, changes=False),
        Column("amount", Kind.MONEY, changes=False),
        Column("fee", Kind.MONEY, changes=False),
        Column("network", Kind.TEXT, changes=False),
        Column("address", Kind.TEXT, changes=False),
        Column("tag", Kind.TEXT, changes=False),
        Column("client_id", Kind.TEXT, changes=False, null=True),
        Column("created_at", Kind.TIME, "requested_ms", changes=False),
        Column("due_at", Kind.TIME, "due_ms", null=True),
        Column("status", Kind.WORD),
        Column("ended_at", Kind.TIME, "ended_ms", null=True),
    ),
    key=("id",),
)
