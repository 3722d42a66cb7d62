"""Who has what, and how it came to be so."""

from hypersim.account.ledger import Balance
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

LEDGER = Table(
    "ledger",
    LedgerRow,
    (
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
    ),
)

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
