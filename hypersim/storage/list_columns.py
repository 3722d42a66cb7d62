"""What some batches write: order lists, self-trades that were prevented, amendments of orders."""

from collections.abc import Iterable, Sequence
from typing import Any

from hypersim.service.changes import Amendment
from hypersim.storage.columns import Column, Kind, Table
from hypersim.trading.order import PreventedMatch
from hypersim.trading.order_list import OrderList

ORDER_LISTS = Table(
    "order_lists",
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER, changes=False),
        Column("symbol", Kind.TEXT, changes=False),
        Column("kind", Kind.WORD, changes=False),
        Column("order_ids", Kind.INTEGERS, changes=False),
        Column("client_list_id", Kind.TEXT, changes=False),
        Column("status_type", Kind.WORD),
        Column("status", Kind.WORD),
        Column("refusal", Kind.OPTIONAL_WORD),
        Column("locked", Kind.MONEY),
        Column("created_at", Kind.TIME, changes=False),
        Column("updated_at", Kind.TIME),
        Column("activated_at", Kind.TIME),
    ),
    key=("id",),
)

PREVENTED_MATCHES = Table(
    "prevented_matches",
    (
        Column("id", Kind.INTEGER),
        Column("user_id", Kind.INTEGER),
        Column("symbol", Kind.TEXT),
        Column("taker_order_id", Kind.INTEGER),
        Column("maker_order_id", Kind.INTEGER),
        Column("mode", Kind.WORD),
        Column("price", Kind.MONEY),
        Column("amount", Kind.MONEY),
        Column("taker_amount", Kind.MONEY),
        Column("maker_amount", Kind.MONEY),
        Column("created_at", Kind.TIME),
    ),
)


ORDER_AMENDMENTS = Table(
    "order_amendments",
    (
        Column("order_id", Kind.INTEGER),
        Column("number", Kind.INTEGER),
        Column("user_id", Kind.INTEGER),
        Column("client_order_id_before", Kind.TEXT),
        Column("client_order_id_after", Kind.TEXT),
        Column("amount_before", Kind.MONEY),
        Column("amount_after", Kind.MONEY),
        Column("created_at", Kind.TIME),
    ),
)


def list_values(lists: Iterable[OrderList]) -> list[Sequence[Any]]:
    """The columns of `ORDER_LISTS`."""
    written = [
        (
            one.id,
            one.account_id,
            one.symbol,
            one.kind,
            " ".join(map(str, one.order_ids)),
            one.client_list_id,
            one.status_type,
            one.status,
            one.refusal,
            one.hold,
            one.created_ms,
            one.updated_ms,
            one.activated_ms,
        )
        for one in lists
    ]
    return list(zip(*written, strict=True)) or [()] * len(ORDER_LISTS.columns)


def prevented_values(matches: Iterable[PreventedMatch]) -> list[Sequence[Any]]:
    """The columns of `PREVENTED_MATCHES`."""
    written = [
        (
            match.id,
            match.account_id,
            match.symbol,
            match.taker_order_id,
            match.maker_order_id,
            match.mode,
            match.price,
            match.quantity,
            match.taker_quantity,
            match.maker_quantity,
            match.time_ms,
        )
        for match in matches
    ]
    return list(zip(*written, strict=True)) or [()] * len(PREVENTED_MATCHES.columns)


def amendment_values(amendments: Sequence[Amendment]) -> list[Sequence[Any]]:
    """The columns of `ORDER_AMENDMENTS`, which are the amendment's own."""
    return list(zip(*amendments, strict=True)) or [()] * len(ORDER_AMENDMENTS.columns)
