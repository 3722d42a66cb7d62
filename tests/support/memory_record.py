"""A record without a database: it keeps every committed change, and answers what an archive is
asked from what it kept, not from what the exchange remembers."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from msgspec import convert
from msgspec.structs import replace

from hypersim.account.entries import Balance, BalanceKey, EntryKind
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.market.instrument import Instrument
from hypersim.service.record import Amendment, Entry, LedgerRow, Moment, OrderNews, PageQuery
from hypersim.storage.journal.encoding import PREFIX, Payload, decode, to_bytes
from hypersim.storage.journal.events import written
from hypersim.storage.projection.rows import Rows
from hypersim.storage.tables.money import LEG_WORDS, EntryRow
from hypersim.storage.tables.users import key_of, user_of
from hypersim.storage.vault import Vault
from hypersim.trading.closing import ended_as
from hypersim.trading.counters import Counters
from hypersim.trading.order import Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList
from tests.support.memory_markets import MemoryMarkets

VAULT = Vault(bytes(range(32)))

Row = TypeVar("Row", Order, OrderList, PreventedMatch, Fill, LedgerRow, Withdrawal)


class MemoryRecord(MemoryMarkets):
    """See `Recorder` and `Archive`. Durable as long as the test."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0
        self.counters = Counters()
        self.places: dict[int, int] = {}
        self.users: dict[int, User] = {}
        self.keys: dict[str, ApiKey] = {}
        self.instruments: dict[str, Instrument] = {}
        self.balances: dict[BalanceKey, Balance] = {}
        self.recorded_orders: dict[int, Order] = {}
        self.recorded_lists: dict[int, OrderList] = {}
        self.recorded_matches: dict[int, PreventedMatch] = {}
        self.recorded_withdrawals: dict[int, Withdrawal] = {}
        self.recorded_amendments: list[Amendment] = []
        self.recorded_fills: list[Fill] = []
        self.ledger_rows: list[LedgerRow] = []

    async def commit(self, entry: Entry) -> None:
        """See `Recorder`."""
        # As with a database, others run before the answer is there.
        await asyncio.sleep(0)
        self.keep(entry)

    def keep(self, entry: Entry) -> None:
        """Commit it at once."""
        self.commits += 1
        rows = rows_of(entry, self.balances)
        if rows.is_reset:
            self._forget_accounts()
        self.users |= {row.id: user_of(row, VAULT) for row in rows.users.values()}
        self.keys |= {row.key: key_of(row, VAULT) for row in rows.keys.values()}
        self.instruments |= rows.instruments
        self.balances |= rows.balances
        self.recorded_orders |= rows.opened | rows.orders
        for closed in rows.closed.values():
            how = (closed.status, closed.close_reason, closed.updated_ms)
            self.recorded_orders[closed.id] = ended_as(self.recorded_orders[closed.id], *how)
        self.places |= rows.places
        self.recorded_lists |= rows.lists
        self.recorded_matches |= rows.prevented
        self.recorded_withdrawals |= rows.withdrawals
        self.recorded_amendments += rows.amendments
        self.recorded_fills += rows.fills
        self.ledger_rows += [line for row in rows.ledger for line in lines_of(row)]
        self.counters = rows.counters
        self.keep_markets(entry)

    def _forget_accounts(self) -> None:
        for kept in (self.users, self.keys, self.balances, self.recorded_orders, self.places):
            kept.clear()
        for kept_by_id in (self.recorded_lists, self.recorded_matches, self.recorded_withdrawals):
            kept_by_id.clear()
        self.recorded_amendments.clear()
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
        return _page(rows, query, lambda order: (_time_ms(query, order), order.id))

    async def orders_by_id(self, account_id: int, order_ids: Sequence[int]) -> dict[int, Order]:
        """See `Archive`."""
        found = {order_id: await self.order(account_id, order_id) for order_id in order_ids}
        return {order_id: order for order_id, order in found.items() if order is not None}

    async def order_by_client_id(
        self, account_id: int, symbol: str, client_order_id: str
    ) -> Order | None:
        """See `Archive`."""
        wanted = (account_id, symbol, client_order_id)
        named = [
            one
            for one in self.recorded_orders.values()
            if (one.account_id, one.symbol, one.client_order_id) == wanted
            and one.status.is_terminal
        ]
        return max(named, key=lambda one: one.id, default=None)

    async def order_list(self, account_id: int, list_id: int) -> OrderList | None:
        """See `Archive`."""
        found = self.recorded_lists.get(list_id)
        return found if found is not None and found.account_id == account_id else None

    async def order_list_by_client_id(
        self, account_id: int, client_list_id: str
    ) -> OrderList | None:
        """See `Archive`."""
        named = [
            one
            for one in self.recorded_lists.values()
            if (one.account_id, one.client_list_id) == (account_id, client_list_id)
        ]
        return max(named, key=lambda one: one.id, default=None)

    async def order_lists(self, query: PageQuery) -> list[OrderList]:
        """See `Archive`."""
        rows = [
            one
            for one in self.recorded_lists.values()
            if _concerns(query, one.account_id, one.symbol)
        ]
        return _page(rows, query, lambda one: (_time_ms(query, one), one.id))

    async def withdrawals(
        self,
        query: PageQuery,
        *,
        asset: str | None = None,
        client_id: str | None = None,
        status: WithdrawalStatus | None = None,
    ) -> list[Withdrawal]:
        """See `Archive`."""
        rows = [
            one
            for one in self.recorded_withdrawals.values()
            if one.account_id == query.account_id
            and asset in (None, one.asset)
            and client_id in (None, one.client_id)
            and status in (None, one.status)
        ]
        return _page(rows, query, lambda one: (one.requested_ms, one.id))

    async def prevented_matches(
        self, query: PageQuery, *, order_id: int | None = None, match_id: int | None = None
    ) -> list[PreventedMatch]:
        """See `Archive`."""
        rows = [
            match
            for match in self.recorded_matches.values()
            if _concerns(query, match.account_id, match.symbol)
            and order_id in (None, match.taker_order_id, match.maker_order_id)
            and match_id in (None, match.id)
        ]
        return _page(rows, query, lambda match: (match.time_ms, match.id))

    async def amendments(
        self, account_id: int, order_id: int, *, from_seq: int, limit: int
    ) -> list[Amendment]:
        """See `Archive`."""
        rows = [
            one
            for one in self.recorded_amendments
            if (one.account_id, one.order_id) == (account_id, order_id) and one.seq >= from_seq
        ]
        return rows[:limit]

    async def first_since(
        self, since: Moment, news: OrderNews, *, account_id: int | None, symbol: str | None
    ) -> int | None:
        """See `Archive`."""
        orders = self.recorded_orders.values()
        told: dict[str, list[tuple[int, int | None, Order | Fill]]] = {
            "order": [(one.created_ms, one.id, one) for one in orders],
            "closed": [(one.updated_ms, self.places.get(one.id), one) for one in orders],
            "fill": [(fill.time_ms, fill.id, fill) for fill in self.recorded_fills],
        }
        last = {"order": since.order_id, "fill": since.trade_id, "closed": since.seq}[news]
        times = [
            time_ms
            for time_ms, number, one in told[news]
            if number is not None and (time_ms, number) > (since.time_ms, last)
            if account_id in (None, one.account_id) and symbol in (None, one.symbol)
        ]
        return min(times, default=None)

    async def fills(self, query: PageQuery, order_id: int | None = None) -> list[Fill]:
        """See `Archive`."""
        rows = [
            fill
            for fill in self.recorded_fills
            if _concerns(query, fill.account_id, fill.symbol) and order_id in (None, fill.order_id)
        ]
        return _page(rows, query, lambda fill: (fill.time_ms, fill.id))

    async def fills_of(self, account_id: int, order_ids: Sequence[int]) -> dict[int, list[Fill]]:
        """See `Archive`."""
        wanted: dict[int, list[Fill]] = {}
        for fill in self.recorded_fills:
            if fill.order_id in order_ids and fill.account_id == account_id:
                wanted.setdefault(fill.order_id, []).append(fill)
        return wanted

    async def ledger(
        self,
        query: PageQuery,
        asset: str | None,
        kinds: Collection[EntryKind] = (),
        *,
        gains: bool | None = None,
    ) -> list[LedgerRow]:
        """See `Archive`."""
        rows = [
            row
            for row in self.ledger_rows
            if row.account_id == query.account_id
            and asset in (None, row.asset)
            and (not kinds or row.kind in kinds)
            and gains in (None, row.available_change > 0)
        ]
        return _page(rows, query, lambda row: (row.time_ms, row.seq * 1_000 + row.leg))

    async def count_ledger(self, query: PageQuery, kinds: Collection[EntryKind]) -> int:
        """See `Archive`."""
        return len(await self.ledger(replace(query, limit=None, offset=0), None, kinds))


def rows_of(entry: Entry, before: Mapping[BalanceKey, Balance]) -> Rows:
    """What the journal would make of the tables, by way of the bytes that stand in it."""
    rows = Rows(before)
    told = Payload(entry.counters, written(entry.transactions, VAULT))
    rows.add([decode(PREFIX + to_bytes(told))])
    return rows


def lines_of(row: EntryRow) -> list[LedgerRow]:
    """The row leg by leg, as the view shows it."""
    words = row.legs.split(" ")
    legs = [words[at : at + len(LEG_WORDS)] for at in range(0, len(words), len(LEG_WORDS))]
    about = {name: getattr(row, name) for name in row.__struct_fields__ if name != "legs"}
    return [
        convert(about | dict(zip(LEG_WORDS, leg, strict=True)), LedgerRow, strict=False)
        for leg in legs
    ]


def _concerns(query: PageQuery, account_id: int, symbol: str) -> bool:
    return account_id == query.account_id and query.symbol in (None, symbol)


def _time_ms(query: PageQuery, one: Order | OrderList) -> int:
    return one.updated_ms if query.by_update else one.created_ms


def _page(rows: list[Row], query: PageQuery, key: Callable[[Row], tuple[int, int]]) -> list[Row]:
    rows = [
        row
        for row in sorted(rows, key=key)
        if (query.since_ms is None or key(row)[0] >= query.since_ms)
        and (query.until_ms is None or key(row)[0] <= query.until_ms)
    ]
    if query.from_id is not None:
        rows = [row for row in rows if key(row)[1] >= query.from_id]
    if query.is_latest or (query.since_ms is None and query.from_id is None):
        latest_first = rows[::-1]
        return latest_first[query.offset :][: query.limit][::-1]
    return rows[query.offset :][: query.limit]
