"""The public tape of any time: from memory, and before that from the feed and the record.

The feed tells its own trades again; what no feed can tell again (trades among users, and those of a
feed that does not number its own) is in the record. Ids are the same whenever they are asked for.
"""

from typing import NamedTuple

from hypersim.market.data import MarketData
from hypersim.market.recorded_bars import Numbers, public
from hypersim.market.roll import FOREVER_MS, Span
from hypersim.market.tape import AggregateTrade, PublicTrade, RecordedTrade, alone
from hypersim.service.feed import Feed
from hypersim.service.record import Archive, RecordUnavailable

ID_MAX = 2**62
TIME_MAX_MS = 2**47
"""In the year 6429; later times cannot stand in the record."""

_MORE = 8
"""How many times as many trades are read where they were too few."""


class Wanted(NamedTuple):
    """Which rows: the first `limit` with at least the id `from_id`, or from `start_ms` on; the
    latest where both are None. They happened before `end_ms`."""

    from_id: int | None = None
    start_ms: int | None = None
    end_ms: int = FOREVER_MS
    limit: int = 500

    @property
    def is_latest(self) -> bool:
        """Whether the newest ones are wanted."""
        return self.from_id is None and self.start_ms is None

    @property
    def span(self) -> Span:
        """The same for a roll, whose bounds are inclusive."""
        return Span(self.from_id or 0, self.start_ms or 0, self.end_ms - 1)

    def kept_in_range(self) -> "Wanted":
        """The same without numbers that no trade has."""
        start_ms = None if self.start_ms is None else min(self.start_ms, TIME_MAX_MS)
        from_id = None if self.from_id is None else min(self.from_id, ID_MAX)
        return Wanted(from_id, start_ms, min(self.end_ms, TIME_MAX_MS), self.limit)


class PastTrades:
    """See the module."""

    def __init__(self, feed: Feed, archive: Archive) -> None:
        self._feed = feed
        self._archive = archive

    async def trades(self, data: MarketData, wanted: Wanted) -> list[PublicTrade]:
        """Ascending by id."""
        wanted = wanted.kept_in_range()
        roll = data.tape.trade_roll
        first = roll.first
        if wanted.is_latest:
            rows = roll.newest(wanted.span, wanted.limit)
            missing = wanted.limit - len(rows)
            if missing and not _is_the_beginning(first):
                older = await self._older(data, wanted._replace(limit=missing), first)
                rows = [*(trade for trade, _ in older), *rows]
            return rows[-wanted.limit :]
        older = await self._older(data, wanted, first) if _reaches_back(wanted, first) else []
        rows = [trade for trade, _ in older]
        if len(rows) < wanted.limit:
            rows += roll.oldest(wanted.span, wanted.limit - len(rows))
        return rows

    async def aggregates(self, data: MarketData, wanted: Wanted) -> list[AggregateTrade]:
        """The same for what orders traded at one price; `from_id` is an aggregate's."""
        wanted = wanted.kept_in_range()
        roll = data.tape.aggregate_roll
        first = roll.first
        rows: list[AggregateTrade] = []
        if wanted.is_latest:
            rows = roll.newest(wanted.span, wanted.limit)
        missing = wanted.limit - len(rows)
        if missing and _reaches_back(wanted, first):
            older = await self._older_aggregates(data, wanted._replace(limit=missing), first)
            rows = [*older, *rows]
        if not wanted.is_latest and len(rows) < wanted.limit:
            rows += roll.oldest(wanted.span, wanted.limit - len(rows))
        return rows

    async def _older_aggregates(
        self, data: MarketData, wanted: Wanted, first: AggregateTrade | None
    ) -> list[AggregateTrade]:
        """Those from before the first one in memory. Nobody knows of how many trades they are: more
        are read until there are enough."""
        first_trade = None if first is None else _begins(first)
        from_id = wanted.from_id
        if from_id is not None and _has_recorded(data):
            before = await self._before(data.symbol, aggregate_id=from_id)
            from_id += 0 if before is None else before.id - before.aggregate_id
        limit = (wanted.limit + 1) * (2 if _has_recorded(data) else 1)
        while True:
            trades = wanted._replace(from_id=from_id, limit=limit)
            rows = await self._older(data, trades, first_trade)
            grouped = [one for one in _grouped(rows) if one.id >= (wanted.from_id or 0)]
            if len(rows) == limit:
                # The one that the page ends in may go on beyond it.
                grouped = grouped[1:] if wanted.is_latest else grouped[:-1]
            if len(grouped) >= wanted.limit or len(rows) < limit:
                return grouped[-wanted.limit :] if wanted.is_latest else grouped[: wanted.limit]
            limit *= _MORE

    async def _older(
        self, data: MarketData, wanted: Wanted, first: PublicTrade | None
    ) -> list[tuple[PublicTrade, int]]:
        """Trades from before the first one in memory, each with the id of its aggregate."""
        limit = wanted.limit
        if first is not None:
            # In the same millisecond there may be some that memory does not have. Those that it
            # has come with the latest ones.
            wanted = wanted._replace(end_ms=min(wanted.end_ms, first.time_ms + 1))
            if wanted.is_latest:
                wanted = wanted._replace(limit=limit + _count_at(data, first.time_ms))
        first_id = FOREVER_MS if first is None else first.id
        recorded: list[RecordedTrade] = []
        before: RecordedTrade | None = None
        if _has_recorded(data):
            recorded = await self._recorded(data.symbol, wanted)
            bound = recorded[0].id if recorded else wanted.from_id
            if bound is None:
                bound = first_id
            before = await self._before(data.symbol, trade_id=bound)
        numbers = Numbers(recorded, before)
        from_id = wanted.from_id
        if from_id is not None and before is not None:
            from_id = max(0, from_id - (before.id - before.feed_id))
        feed = await self._feed.trades(
            data.symbol,
            from_id=from_id,
            start_ms=wanted.start_ms,
            end_ms=wanted.end_ms,
            limit=wanted.limit,
        )
        found = {one.id: (public(one), one.aggregate_id) for one in recorded}
        for trade in feed:
            id_ = numbers.public_id(trade.id)
            row = PublicTrade(id_, trade.time_ms, trade.price, trade.quantity, trade.buyer_is_maker)
            found.setdefault(id_, (row, numbers.aggregate_id(trade.id)))
        least_id = wanted.from_id or 0
        rows = [found[id_] for id_ in sorted(found) if least_id <= id_ < first_id]
        return rows[-limit:] if wanted.is_latest else rows[:limit]

    async def _recorded(self, symbol: str, wanted: Wanted) -> list[RecordedTrade]:
        try:
            return await self._archive.public_trades(
                symbol,
                from_id=wanted.from_id,
                start_ms=wanted.start_ms,
                end_ms=wanted.end_ms,
                limit=wanted.limit,
            )
        except RecordUnavailable:
            return []

    async def _before(
        self, symbol: str, *, trade_id: int | None = None, aggregate_id: int | None = None
    ) -> RecordedTrade | None:
        try:
            return await self._archive.public_trade_before(
                symbol, trade_id=trade_id, aggregate_id=aggregate_id
            )
        except RecordUnavailable:
            return None


def _has_recorded(data: MarketData) -> bool:
    """Whether the record may know trades that the feed does not."""
    return not data.feed_numbers_trades or data.end.trade_id != data.end.feed_id


def _count_at(data: MarketData, time_ms: int) -> int:
    """How many trades in memory happened in this millisecond."""
    return len(data.tape.trade_roll.oldest(Span(0, time_ms, time_ms), ID_MAX))


def _is_the_beginning(first: PublicTrade | AggregateTrade | None) -> bool:
    return first is not None and first.id <= 1


def _reaches_back(wanted: Wanted, first: PublicTrade | AggregateTrade | None) -> bool:
    """Whether rows from before the first one in memory are wanted."""
    if first is None or wanted.is_latest:
        return True
    if wanted.from_id is not None:
        return wanted.from_id < first.id
    return wanted.start_ms is not None and wanted.start_ms <= first.time_ms


def _begins(one: AggregateTrade) -> PublicTrade:
    """The first trade of an aggregate, as far as it tells."""
    return PublicTrade(one.first_id, one.time_ms, one.price, one.quantity, one.buyer_is_maker)


def _grouped(rows: list[tuple[PublicTrade, int]]) -> list[AggregateTrade]:
    grouped: list[AggregateTrade] = []
    for trade, aggregate_id in rows:
        if grouped and grouped[-1].id == aggregate_id:
            grouped[-1] = grouped[-1].with_trade(trade)
        else:
            grouped.append(alone(trade, aggregate_id))
    return grouped
