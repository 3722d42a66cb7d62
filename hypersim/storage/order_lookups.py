"""Single orders of the record, and their fills."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hypersim.service.record import Moment, OrderNews
from hypersim.storage.lookups import LookUps
from hypersim.storage.parameters import TIME_PARAMETER, can_stand, time_parameter
from hypersim.storage.record_reads import RecordReads
from hypersim.storage.tables.orders import ORDERS, TRADES
from hypersim.trading.order import Fill, Order

_BY_ID = f"SELECT {ORDERS.select} FROM orders WHERE id = ANY($1::bigint[])"

_OF_ACCOUNT = f"{_BY_ID} AND user_id = $2"

_BY_NAME = f"""
SELECT wanted.number, found.*
FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY
    AS wanted(user_id, symbol, name, number)
CROSS JOIN LATERAL (
    SELECT {ORDERS.select} FROM orders
    WHERE user_id = wanted.user_id AND client_order_id = wanted.name AND symbol = wanted.symbol
      AND ended_seq IS NOT NULL
    ORDER BY id DESC LIMIT 1
) AS found
"""

_FILLS = f"SELECT {TRADES.select} FROM trades WHERE order_id = ANY($1::bigint[]) ORDER BY id"


_NEWS = {
    "order": ("orders", "created_at", "id"),
    "fill": ("trades", "created_at", "id"),
    "closed": ("orders", "updated_at", "ended_seq"),
}
"""The table that tells of it, and its columns of the time and the number."""


class Name(NamedTuple):
    """A client order id, which an account may use again."""

    account_id: int
    symbol: str
    client_order_id: str


class OrderLookUps:
    """Each returns once the tables show all that the account did."""

    def __init__(self, reads: RecordReads) -> None:
        self._reads = reads
        self._by_id = LookUps(self._orders)
        self._by_name = LookUps(self._named)
        self._fills = LookUps(self._fills_of)

    async def order(self, account_id: int, order_id: int) -> Order | None:
        """One order of the account."""
        if not can_stand(order_id):
            return None
        order = await self._reads.shown(account_id, lambda: self._by_id.find(order_id))
        return order if order is not None and order.account_id == account_id else None

    async def orders(self, account_id: int, order_ids: Sequence[int]) -> dict[int, Order]:
        """Those of these orders that are the account's."""
        found = await self._reads.of_account(account_id, _OF_ACCOUNT, list(order_ids), account_id)
        return {order.id: order for order in ORDERS.read(found)}

    async def named(self, name: Name) -> Order | None:
        """The latest order that ended under it."""
        if not all(map(can_stand, name)):
            return None
        return await self._reads.shown(name.account_id, lambda: self._by_name.find(name))

    async def fills(self, account_id: int, order_id: int) -> Sequence[Fill]:
        """Of one order of the account, oldest first."""
        found = await self._reads.shown(account_id, lambda: self._fills.find(order_id))
        return found or ()

    async def fills_of(self, account_id: int, order_ids: Sequence[int]) -> dict[int, list[Fill]]:
        """Of these orders of the account, by order, oldest first."""
        if len(order_ids) == 1:
            return {order_ids[0]: [*await self.fills(account_id, order_ids[0])]}
        by_order: dict[int, list[Fill]] = {order_id: [] for order_id in order_ids}
        found = await self._reads.of_account(account_id, _FILLS, list(order_ids))
        for fill in TRADES.read(found):
            by_order[fill.order_id].append(fill)
        return by_order

    async def first_since(
        self, since: Moment, news: OrderNews, account_id: int | None, symbol: str | None
    ) -> int | None:
        """See `Archive`: of tables that show all."""
        table, time, number = _NEWS[news]
        last = {"order": since.order_id, "fill": since.trade_id, "closed": since.seq}[news]
        statement = (
            f"SELECT (extract(epoch FROM min({time})) * 1000)::bigint FROM {table}"
            f" WHERE ({time}, {number}) > ({TIME_PARAMETER.format(1)}, $2)"
            f" AND {number} IS NOT NULL"
            " AND ($3::bigint IS NULL OR user_id = $3) AND ($4::text IS NULL OR symbol = $4)"
        )
        wanted = (time_parameter(since.time_ms), last, account_id, symbol)
        ((first_ms,),) = await self._reads.fetch(statement, *wanted)
        return first_ms if first_ms is None else int(first_ms)

    async def _orders(self, order_ids: Sequence[int]) -> Mapping[int, Order]:
        found = ORDERS.read(await self._reads.fetch(_BY_ID, order_ids))
        return {order.id: order for order in found}

    async def _named(self, names: Sequence[Name]) -> Mapping[Name, Order]:
        found = await self._reads.fetch(_BY_NAME, *map(list, zip(*names, strict=True)))
        orders = ORDERS.read(found)
        return {names[row["number"] - 1]: order for row, order in zip(found, orders, strict=True)}

    async def _fills_of(self, order_ids: Sequence[int]) -> Mapping[int, list[Fill]]:
        by_order: dict[int, list[Fill]] = {}
        for fill in TRADES.read(await self._reads.fetch(_FILLS, order_ids)):
            by_order.setdefault(fill.order_id, []).append(fill)
        return by_order
