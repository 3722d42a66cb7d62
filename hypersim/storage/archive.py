"""The reading side of the record: orders, fills, ledger lines and candles of any age."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from hypersim.account.entries import EntryKind
from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.market.candle import Candle
from hypersim.market.numbering import TapeEnd
from hypersim.market.tape import RecordedTrade
from hypersim.service.record import (
    Amendment,
    LastMinute,
    LastQuote,
    LedgerRow,
    Moment,
    OrderNews,
    PageQuery,
)
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.order_lookups import Name, OrderLookUps
from hypersim.storage.page import Page, ledger_page
from hypersim.storage.parameters import TIME_PARAMETER, time_parameter
from hypersim.storage.projection.progress import Progress
from hypersim.storage.record_reads import RecordReads
from hypersim.storage.tables.markets import CANDLES, PUBLIC_TRADES
from hypersim.storage.tables.money import LEDGER_LEGS, WITHDRAWALS
from hypersim.storage.tables.orders import (
    ORDER_AMENDMENTS,
    ORDER_LISTS,
    ORDERS,
    PREVENTED_MATCHES,
    TRADES,
)
from hypersim.storage.tables.table import T, Table
from hypersim.trading.order import Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList

_LAST_QUOTES = """
    SELECT symbol, last_price::text,
        bid_price::text, bid_size::text, ask_price::text, ask_size::text, trades_at::text
    FROM tickers WHERE bid_price IS NOT NULL AND ask_price IS NOT NULL ORDER BY symbol
"""
_AMENDMENTS = f"""
SELECT {ORDER_AMENDMENTS.select} FROM order_amendments
WHERE order_id = $1 AND user_id = $2 AND seq >= $3 ORDER BY number LIMIT $4
"""
_CANDLES = f"""
SELECT {CANDLES.select} FROM candles
WHERE symbol = $1 AND "interval" = '1m'
  AND opened_at >= {TIME_PARAMETER.format(2)} AND opened_at < {TIME_PARAMETER.format(3)}
ORDER BY opened_at
"""

_TAPE_END = ("last_trade_id", "last_aggregate_id", "last_feed_id")

_LAST_MINUTES = f"""
SELECT tickers.symbol, {", ".join(_TAPE_END)}, minute.*
FROM tickers LEFT JOIN LATERAL (
    SELECT {CANDLES.select} FROM candles
    WHERE candles.symbol = tickers.symbol AND "interval" = '1m' ORDER BY opened_at DESC LIMIT 1
) AS minute ON true
"""

_FIRST_MINUTE = """
SELECT (extract(epoch FROM min(opened_at)) * 1000)::bigint FROM candles
WHERE symbol = $1 AND "interval" = '1m'
"""

_PUBLIC_TRADES = f"""
SELECT {PUBLIC_TRADES.select} FROM public_trades
WHERE symbol = $1 AND id >= $2
  AND traded_at >= {TIME_PARAMETER.format(3)} AND traded_at < {TIME_PARAMETER.format(4)}
ORDER BY """

_PUBLIC_TRADE_BEFORE = f"""
SELECT {PUBLIC_TRADES.select} FROM public_trades
WHERE symbol = $1 AND ($2::bigint IS NULL OR id < $2)
  AND ($3::bigint IS NULL OR aggregate_id < $3)
ORDER BY id DESC LIMIT 1
"""


class PostgresArchive:
    """An `Archive`."""

    def __init__(self, reads: RecordReads) -> None:
        self._reads = reads
        self._lookups = OrderLookUps(reads)

    @classmethod
    async def open(
        cls, settings: ConnectionSettings, progress: Progress | None = None
    ) -> "PostgresArchive":
        """Connections are made when they are first needed. Nothing of an account is read before
        the tables have made the `progress` to show all that it did."""
        return cls(await RecordReads.open(settings, progress))

    async def order(self, account_id: int, order_id: int) -> Order | None:
        """See `Archive`."""
        return await self._lookups.order(account_id, order_id)

    async def orders(self, query: PageQuery, *, only_ended: bool) -> list[Order]:
        """See `Archive`."""
        page = Page(query)
        if query.from_id is not None and not query.by_update:
            # Orders come in the order of their numbers: so much of an index need not be read.
            page.where(
                "created_at >= (SELECT created_at FROM orders WHERE id >= {} ORDER BY id LIMIT 1)",
                query.from_id,
            )
        if only_ended:
            page.where("ended_seq IS NOT NULL")
        return await self._page(query, page, ORDERS, (page.time, "id"))

    async def orders_by_id(self, account_id: int, order_ids: Sequence[int]) -> dict[int, Order]:
        """See `Archive`."""
        return await self._lookups.orders(account_id, order_ids)

    async def order_by_client_id(
        self, account_id: int, symbol: str, client_order_id: str
    ) -> Order | None:
        """See `Archive`."""
        return await self._lookups.named(Name(account_id, symbol, client_order_id))

    async def order_list(self, account_id: int, list_id: int) -> OrderList | None:
        """See `Archive`."""
        return await self._order_list("id = $2", account_id, list_id)

    async def order_list_by_client_id(
        self, account_id: int, client_list_id: str
    ) -> OrderList | None:
        """See `Archive`."""
        return await self._order_list("client_list_id = $2", account_id, client_list_id)

    async def order_lists(self, query: PageQuery) -> list[OrderList]:
        """See `Archive`."""
        page = Page(query)
        return await self._page(query, page, ORDER_LISTS, (page.time, "id"))

    async def withdrawals(
        self,
        query: PageQuery,
        *,
        asset: str | None = None,
        client_id: str | None = None,
        status: WithdrawalStatus | None = None,
    ) -> list[Withdrawal]:
        """See `Archive`."""
        page = Page(query, has_symbol=False)
        if asset is not None:
            page.where("asset = {}", asset)
        if client_id is not None:
            page.where("client_id = {}", client_id)
        if status is not None:
            page.where("status = {}", status.value)
        return await self._page(query, page, WITHDRAWALS, ("created_at", "id"))

    async def prevented_matches(
        self, query: PageQuery, *, order_id: int | None = None, match_id: int | None = None
    ) -> list[PreventedMatch]:
        """See `Archive`."""
        page = Page(query)
        if order_id is not None:
            page.where("{} IN (taker_order_id, maker_order_id)", order_id)
        if match_id is not None:
            page.where("id = {}", match_id)
        return await self._page(query, page, PREVENTED_MATCHES, ("id",))

    async def amendments(
        self, account_id: int, order_id: int, *, from_seq: int, limit: int
    ) -> list[Amendment]:
        """See `Archive`."""
        wanted = (order_id, account_id, from_seq, limit)
        found = await self._reads.of_account(account_id, _AMENDMENTS, *wanted)
        return ORDER_AMENDMENTS.read(found)

    async def first_since(
        self, since: Moment, news: OrderNews, *, account_id: int | None, symbol: str | None
    ) -> int | None:
        """See `Archive`."""
        return await self._lookups.first_since(since, news, account_id, symbol)

    async def fills(self, query: PageQuery, order_id: int | None = None) -> list[Fill]:
        """See `Archive`."""
        page = Page(query, times_of_ids="trades" if query.symbol is not None else None)
        table = "trades"
        if order_id is not None:
            # An order's are few; whatever else is asked for is asked of them.
            parameter = page.parameter(order_id)
            table = f"(SELECT * FROM trades WHERE order_id = {parameter} OFFSET 0) AS trades"
        by = ("id", "order_id") if query.symbol is not None else ("created_at", "id", "order_id")
        return await self._page(query, page, TRADES, by, table)

    async def fills_of(self, account_id: int, order_ids: Sequence[int]) -> dict[int, list[Fill]]:
        """See `Archive`."""
        return await self._lookups.fills_of(account_id, order_ids)

    async def ledger(
        self,
        query: PageQuery,
        asset: str | None,
        kinds: Collection[EntryKind] = (),
        *,
        gains: bool | None = None,
    ) -> list[LedgerRow]:
        """See `Archive`. Lines belong to an asset, so the query's symbol does not matter."""
        page = ledger_page(query, kinds)
        if gains is not None:
            page.where("available_change > 0" if gains else "available_change <= 0")
        statement, arguments = page.ledger_select(LEDGER_LEGS.select, asset)
        found = await self._reads.of_account(query.account_id, statement, *arguments)
        return LEDGER_LEGS.read(page.ascending(found))

    async def count_ledger(self, query: PageQuery, kinds: Collection[EntryKind]) -> int:
        """See `Archive`."""
        statement, arguments = ledger_page(query, kinds).count("ledger_legs")
        ((count,),) = await self._reads.of_account(query.account_id, statement, *arguments)
        return int(count)

    async def candles(self, symbol: str, start_ms: int, end_ms: int) -> list[Candle]:
        """See `Archive`."""
        span = (time_parameter(start_ms), time_parameter(end_ms))
        return CANDLES.read(await self._reads.fetch(_CANDLES, symbol, *span))

    async def last_minutes(self) -> list[LastMinute]:
        """See `Archive`."""
        found = []
        for row in await self._reads.fetch(_LAST_MINUTES):
            fields = dict(row)
            symbol = fields.pop("symbol")
            end = TapeEnd(*(fields.pop(name) for name in _TAPE_END))
            minute = CANDLES.read([fields])[0] if fields["open_ms"] is not None else None
            found.append(LastMinute(symbol, end, minute))
        return found

    async def first_minute_ms(self, symbol: str) -> int | None:
        """See `Archive`."""
        ((first_ms,),) = await self._reads.fetch(_FIRST_MINUTE, symbol)
        return first_ms if first_ms is None else int(first_ms)

    async def public_trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[RecordedTrade]:
        """See `Archive`."""
        is_latest = from_id is None and start_ms is None
        statement = _PUBLIC_TRADES + ("id DESC" if is_latest else "id") + " LIMIT $5"
        found = PUBLIC_TRADES.read(
            await self._reads.fetch(statement, symbol, from_id or 0, start_ms or 0, end_ms, limit)
        )
        return found[::-1] if is_latest else found

    async def public_trade_before(
        self, symbol: str, *, trade_id: int | None = None, aggregate_id: int | None = None
    ) -> RecordedTrade | None:
        """See `Archive`."""
        found = PUBLIC_TRADES.read(
            await self._reads.fetch(_PUBLIC_TRADE_BEFORE, symbol, trade_id, aggregate_id)
        )
        return found[0] if found else None

    async def last_quotes(self) -> list[LastQuote]:
        """See `Archive`."""
        found = await self._reads.fetch(_LAST_QUOTES)
        return [LastQuote(row[0], *map(_number, list(row)[1:])) for row in found]

    async def close(self) -> None:
        """Let go of the connections; what still reads is cut off."""
        self._reads.close()

    async def _order_list(
        self, condition: str, account_id: int, wanted: int | str
    ) -> OrderList | None:
        statement = (
            f"SELECT {ORDER_LISTS.select} FROM order_lists WHERE user_id = $1 AND {condition}"
            " ORDER BY id DESC LIMIT 1"
        )
        found = ORDER_LISTS.read(
            await self._reads.of_account(account_id, statement, account_id, wanted)
        )
        return found[0] if found else None

    async def _page(
        self,
        query: PageQuery,
        page: Page,
        table: Table[T],
        by: tuple[str, ...],
        source: str | None = None,
    ) -> list[T]:
        """`source`: what has the rows, where it is not the table itself."""
        statement, arguments = page.select(table.select, source or table.name, by)
        found = await self._reads.of_account(query.account_id, statement, *arguments)
        return table.read(page.ascending(found))


def _number(text: str | None) -> Any:
    return None if text is None else Decimal(text)
