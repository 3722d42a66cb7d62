"""A record without a database: it keeps every committed change, and answers what an archive is
asked from what it kept, not from what the exchange remembers."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from hypersim.account.ledger import Balance, EntryKind
from hypersim.account.user import ApiKey, User
from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument
from hypersim.service.changes import BalanceKey, Changes, LedgerRow
from hypersim.service.record import PageQuery
from hypersim.trading.order import Fill, Order

Row = TypeVar("Row", Order, Fill, LedgerRow)


class MemoryRecord:
    """See `Recorder` and `Archive`. Durable as long as the test."""

    def __init__(self) -> None:
        self.commits = 0
        self.users: dict[int, User] = {}
        self.keys: dict[str, ApiKey] = {}
        self.instruments: dict[str, Instrument] = {}
        self.balances: dict[BalanceKey, Balance] = {}
        self.recorded_orders: dict[int, Order] = {}
        self.recorded_fills: list[Fill] = []
        self.ledger_rows: list[LedgerRow] = []
        self.minutes: dict[tuple[str, int], Candle] = {}

    async def commit(self, changes: Changes) -> None:
        """See `Recorder`."""
        # As with a database, others run before the answer is there.
        await asyncio.sleep(0)
        self.commits += 1
        self.users.update(changes.users)
        self.keys.update(changes.keys)
        self.instruments.update(changes.instruments)
        self.balances.update(changes.balances)
        self.recorded_orders.update(changes.orders)
        self.recorded_fills += changes.fills
        self.ledger_rows += changes.ledger
        for symbol, candle in changes.candles:
            self.minutes[symbol, candle.open_ms] = candle

    async def wipe(self) -> None:
        """Empty the accounts; the markets stay."""
        for kept in (self.users, self.keys, self.balances, self.recorded_orders):
            kept.clear()
        self.recorded_fills.clear()
        self.ledger_rows.clear()

    async def order(self, account_id: int, order_id: int) -> Order | None:
        """See `Archive`."""
        order = self.recorded_orders.get(order_id)
        return order if order is not None and order.account_id == account_id else None

    async def orders(self, query: PageQuery, *, only_ended: bool) -> list[Order]:
        """See `Archive`."""
        rows = [
            order
            for order in self.recorded_orders.values()
            if _concerns(query, order.account_id, order.symbol)
            and (order.status.is_terminal or not only_ended)
        ]
        return _page(rows, query, lambda order: (order.created_ms, order.id))

    async def fills(self, query: PageQuery, order_id: int | None = None) -> list[Fill]:
        """See `Archive`."""
        rows = [
            fill
            for fill in self.recorded_fills
            if _concerns(query, fill.account_id, fill.symbol) and order_id in (None, fill.order_id)
        ]
        return _page(rows, query, lambda fill: (fill.time_ms, fill.id))

    async def fills_of(self, order_ids: Sequence[int]) -> dict[int, list[Fill]]:
        """See `Archive`."""
        wanted: dict[int, list[Fill]] = {}
        for fill in self.recorded_fills:
            if fill.order_id in order_ids:
                wanted.setdefault(fill.order_id, []).append(fill)
        return wanted

    async def ledger(
        self, query: PageQuery, asset: str | None, kinds: Collection[EntryKind] = ()
    ) -> list[LedgerRow]:
        """See `Archive`."""
        rows = [
            row
            for row in self.ledger_rows
            if row.account_id == query.account_id
            and asset in (None, row.asset)
            and (not kinds or row.kind in kinds)
        ]
        return _page(rows, query, lambda row: (row.time_ms, row.seq * 1_000 + row.leg))

    async def candles(self, symbol: str, start_ms: int, end_ms: int) -> list[Candle]:
        """See `Archive`."""
        return [
            candle
            for (name, open_ms), candle in sorted(self.minutes.items())
            if name == symbol and start_ms <= open_ms < end_ms
        ]


def _concerns(query: PageQuery, account_id: int, symbol: str) -> bool:
    return account_id == query.account_id and query.symbol in (None, symbol)


def _page(rows: list[Row], query: PageQuery, key: Callable[[Row], tuple[int, int]]) -> list[Row]:
    rows = [
        row
        for row in sorted(rows, key=key)
        if (query.since_ms is None or key(row)[0] >= query.since_ms)
        and (query.until_ms is None or key(row)[0] <= query.until_ms)
    ]
    if query.limit is None:
        return rows
    return rows[-query.limit :] if query.since_ms is None else rows[: query.limit]
