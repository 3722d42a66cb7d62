"""What the running exchange asks of the record, and how it learns that the record is away."""

import asyncio
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

import msgspec

from hypersim.account.entries import EntryKind
from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.market.candle import Candle
from hypersim.market.numbering import TapeEnd
from hypersim.market.tape import RecordedTrade
from hypersim.market.ticker import Ticker
from hypersim.service.transaction import Transaction
from hypersim.trading.counters import Counters
from hypersim.trading.order import Fill, Order, PreventedMatch
from hypersim.trading.order_list import OrderList


class RecordUnavailable(Exception):
    """The record cannot be reached just now: nothing new is accepted; try again shortly."""


class RecordLost(Exception):
    """The record cannot be written any more; the exchange must stop. One clear line."""


class Entry(msgspec.Struct, frozen=True):
    """What is committed at once: what happened, the counters after it, and what is to be kept of
    the markets. Without transactions only time went on."""

    transactions: Sequence[Transaction]
    counters: Counters
    candles: Sequence[tuple[str, Candle]] = ()
    tickers: Sequence[Ticker] = ()
    public_trades: Sequence[RecordedTrade] = ()


class Recorder(Protocol):
    """The writing side of the record. One caller at a time."""

    async def commit(self, entry: Entry) -> None:
        """Return once all of it would survive a crash. Rides out a database that goes away and
        comes back; raises `RecordLost` when it gives up."""
        ...


class LedgerRow(msgspec.Struct, frozen=True, gc=False):
    """One line of the ledger: what one entry changed in one account's holdings of one asset."""

    seq: int
    leg: int
    account_id: int
    asset: str
    kind: str
    reference: str
    available_change: Decimal
    locked_change: Decimal
    available_after: Decimal
    locked_after: Decimal
    time_ms: int


class Amendment(msgspec.Struct, frozen=True, gc=False):
    """One change of an open order: its quantity (base) and client order id before and after.
    `number` counts the amendments of an order from 1 on, `seq` is the event's in the record."""

    order_id: int
    number: int
    seq: int
    account_id: int
    previous_client_order_id: str | None
    client_order_id: str | None
    previous_quantity: Decimal
    quantity: Decimal
    time_ms: int


class PageQuery(msgspec.Struct, frozen=True):
    """Filters of a list: inclusive bounds in ms, ascending, at most `limit` rows: the first ones
    from `since_ms` or from the id `from_id` on, or the latest ones when both are None. Orders and
    order lists can be asked for `by_update`: bounds and order are then those of their latest update
    instead of their creation. With `is_latest` it is the latest rows in any case; `offset` rows
    are passed over first."""

    account_id: int
    symbol: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    limit: int | None = None
    from_id: int | None = None
    by_update: bool = False
    is_latest: bool = False
    offset: int = 0


class LastMinute(msgspec.Struct, frozen=True):
    """The last recorded minute of a market, which may have been running, and the numbers of its
    tape then."""

    symbol: str
    end: TapeEnd
    minute: Candle | None


class LastQuote(NamedTuple):
    """Where a market stood; prices in quote, sizes in base. `trades_at`: what both sides traded at,
    where it was another price than those shown."""

    symbol: str
    last: Decimal
    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal
    trades_at: Decimal | None = None


OrderNews = Literal["order", "fill", "closed"]
"""An order was taken, traded, or is over."""


class Moment(NamedTuple):
    """Of the record: what happened after it is of a later time, or of that time and has a higher
    number than the last order, trade or event that there was."""

    time_ms: int
    order_id: int = 0
    trade_id: int = 0
    seq: int = 0


class TablesProgress(Protocol):
    """How far the tables follow the journal. `form`: a `task` of the server brings them up to it,
    or a `process`, which was started again so often. `stopped`: why they follow no more."""

    committed_seq: int
    projected_seq: int
    form: str
    restarts: int
    stopped: str | None

    @property
    def events_behind(self) -> int:
        """How many numbers are in the journal and not in the tables."""
        ...

    @property
    def behind_s(self) -> float:
        """The age of the oldest event that is acknowledged and not in the tables."""
        ...

    async def shows_all(self) -> None:
        """Return when the tables show all that is committed by now. Raises RecordUnavailable when
        they never will."""
        ...


class Archive(Protocol):
    """The reading side: what the memory no longer holds. Raises `RecordUnavailable`."""

    async def order(self, account_id: int, order_id: int) -> Order | None:
        """One order of the account."""
        ...

    async def orders(self, query: PageQuery, *, only_ended: bool) -> list[Order]:
        """Orders by time."""
        ...

    async def orders_by_id(self, account_id: int, order_ids: Sequence[int]) -> dict[int, Order]:
        """Those of these orders that are the account's."""
        ...

    async def order_by_client_id(
        self, account_id: int, symbol: str, client_order_id: str
    ) -> Order | None:
        """The account's latest order under this id in the symbol that has ended: open ones are in
        memory."""
        ...

    async def order_list(self, account_id: int, list_id: int) -> OrderList | None:
        """One order list of the account."""
        ...

    async def order_list_by_client_id(
        self, account_id: int, client_list_id: str
    ) -> OrderList | None:
        """The account's latest order list under this id."""
        ...

    async def order_lists(self, query: PageQuery) -> list[OrderList]:
        """Order lists by time."""
        ...

    async def withdrawals(
        self,
        query: PageQuery,
        *,
        asset: str | None = None,
        client_id: str | None = None,
        status: WithdrawalStatus | None = None,
    ) -> list[Withdrawal]:
        """Withdrawals by the time at which they were asked for; the query's symbol and `by_update`
        do not matter."""
        ...

    async def prevented_matches(
        self, query: PageQuery, *, order_id: int | None = None, match_id: int | None = None
    ) -> list[PreventedMatch]:
        """Self-trades that were prevented, by time; of one order (either side) or one match."""
        ...

    async def amendments(
        self, account_id: int, order_id: int, *, from_seq: int, limit: int
    ) -> list[Amendment]:
        """What was changed of one order, the first ones from that event on."""
        ...

    async def first_since(
        self, since: Moment, news: OrderNews, *, account_id: int | None, symbol: str | None
    ) -> int | None:
        """When this happened first since then to an order, of this account and symbol where they
        are given; None where it has not. The tables must show all that happened."""
        ...

    async def fills(self, query: PageQuery, order_id: int | None = None) -> list[Fill]:
        """Fills by time."""
        ...

    async def fills_of(self, account_id: int, order_ids: Sequence[int]) -> dict[int, list[Fill]]:
        """Fills of these orders of the account by order, oldest first."""
        ...

    async def ledger(
        self,
        query: PageQuery,
        asset: str | None,
        kinds: Collection[EntryKind] = (),
        *,
        gains: bool | None = None,
    ) -> list[LedgerRow]:
        """Ledger lines of one account, by seq; of some kinds only, where these are named, and only
        those by which it `gains` what is available, or does not."""
        ...

    async def count_ledger(self, query: PageQuery, kinds: Collection[EntryKind]) -> int:
        """How many lines of these kinds there are, however many rows are asked for."""
        ...

    async def candles(self, symbol: str, start_ms: int, end_ms: int) -> list[Candle]:
        """Recorded minutes that opened from `start_ms` up to but not including `end_ms`."""
        ...

    async def last_minutes(self) -> list[LastMinute]:
        """Where the record of each market ends."""
        ...

    async def last_quotes(self) -> list[LastQuote]:
        """The last recorded quote of every market that had one."""
        ...

    async def first_minute_ms(self, symbol: str) -> int | None:
        """When the first recorded minute of a market opened."""
        ...

    async def public_trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[RecordedTrade]:
        """Trades of the tape that are in the record, chosen as `Feed.trades` does."""
        ...

    async def public_trade_before(
        self, symbol: str, *, trade_id: int | None = None, aggregate_id: int | None = None
    ) -> RecordedTrade | None:
        """The last of these with a lower id, or a lower aggregate's id."""
        ...


class RecordHealth:
    """Whether the record can be written. The recorder sets it, the engine looks."""

    def __init__(self) -> None:
        self.is_available = True
        self.is_behind = False
        """Whether the tables are too far behind the journal to take more orders."""
        self.has_room = True
        """Whether the disk has room for more orders and for what the tables still have to show."""
        self._available = asyncio.Event()
        self._available.set()

    def set(self, *, is_available: bool) -> None:
        """Called by the recorder when the connection breaks or is back."""
        self.is_available = is_available
        (self._available.set if is_available else self._available.clear)()

    async def available(self) -> None:
        """Wait until the record can be written."""
        await self._available.wait()
