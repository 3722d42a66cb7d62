"""Withdrawals in the record: the table that batches write, and how its rows come back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from hypersim.account.withdrawal import Withdrawal
from hypersim.storage.columns import Column, Kind, Table
from hypersim.storage.rows import number_text, time_ms

WITHDRAWALS = Table(
    "withdrawals",
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, changes=False),
        Column("asset", Kind.TEXT, changes=False),
        Column("amount", Kind.MONEY, changes=False),
        Column("fee", Kind.MONEY, changes=False),
        Column("network", Kind.TEXT, changes=False),
        Column("address", Kind.TEXT, changes=False),
        Column("tag", Kind.TEXT, changes=False),
        Column("client_id", Kind.TEXT, changes=False),
        Column("created_at", Kind.TIME, changes=False),
        Column("due_at", Kind.TIME),
        Column("status", Kind.WORD),
        Column("ended_at", Kind.TIME),
    ),
    key=("id",),
)

WITHDRAWAL = ", ".join(
    (
        "id, user_id AS account_id, asset, network, address, tag, client_id, status",
        number_text("amount"),
        number_text("fee"),
        time_ms("created_at", "requested_ms"),
        time_ms("due_at", "due_ms"),
        time_ms("ended_at", "ended_ms"),
    )
)

OPEN = f"SELECT {WITHDRAWAL} FROM withdrawals WHERE ended_at IS NULL ORDER BY id"


def withdrawal_values(withdrawals: Iterable[Withdrawal]) -> list[Sequence[Any]]:
    """The columns of `WITHDRAWALS`, which are the withdrawal's own."""
    written = [msgspec.structs.astuple(one) for one in withdrawals]
    return list(zip(*written, strict=True)) or [()] * len(WITHDRAWALS.columns)


def withdrawals(rows: Iterable[Mapping[str, Any]]) -> list[Withdrawal]:
    """From rows of `WITHDRAWAL`."""
    return msgspec.convert([dict(row) for row in rows], list[Withdrawal])
