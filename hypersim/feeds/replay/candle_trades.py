"""The trades of a market of which only candles were recorded."""

from collections.abc import Iterator

from hypersim.feeds.replay.candles import CandleSeries
from hypersim.feeds.replay.counting import TradeCounts
from hypersim.feeds.replay.expanding import turns_of
from hypersim.feeds.replay.telling import ToldLeg, told_legs
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade


class CandleTrades:
    """As they are played, under the same ids. May be used from several threads. Raises
    FeedUnavailable where a file cannot be read."""

    def __init__(self, series: CandleSeries, counts: TradeCounts, instrument: Instrument) -> None:
        self.first_ms = series.first_ms
        self._series = series
        self._counts = counts
        self._instrument = instrument

    def close(self) -> None:
        """There is nothing to let go of."""

    def trades(
        self, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        """See `Feed.trades`."""
        if from_id is None and start_ms is None:
            from_id = max(0, self._count_before(end_ms) - limit + 1)
        found: list[PublicTrade] = []
        for leg in self._legs(from_id, start_ms or 0, end_ms):
            for trade in leg.starting(from_id or 0):
                if len(found) == limit:
                    return found
                found.append(trade)
        return found

    def _legs(self, from_id: int | None, start_ms: int, end_ms: int) -> Iterator[ToldLeg]:
        """Those told from `start_ms` on and before `end_ms`, from the one with `from_id` on."""
        moment_ms = self._counts.moment_of(from_id) if from_id is not None else 0
        for row in self._series.rows(max(moment_ms, start_ms)):
            if row.time_ms >= end_ms:
                return
            last_id = row.candle.last_trade_id
            if last_id is None or last_id < (from_id or 0) or row.end_ms <= start_ms:
                continue
            for leg in told_legs(row, turns_of(row), self._instrument):
                if start_ms <= leg.time_ms < end_ms:
                    yield leg

    def _count_before(self, end_ms: int) -> int:
        """How many trades were told before this moment."""
        row = next(self._series.rows(end_ms), None)
        if row is None or row.time_ms >= end_ms:
            return 0
        count = self._counts.before(row.time_ms)
        for candle_row in self._series.rows(row.time_ms):
            if candle_row.time_ms >= end_ms:
                break
            if candle_row.time_ms < row.time_ms or candle_row.candle.first_trade_id is None:
                continue
            legs = told_legs(candle_row, turns_of(candle_row), self._instrument)
            count += sum(leg.total for leg in legs if leg.time_ms < end_ms)
        return count
