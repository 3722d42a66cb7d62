"""The trades of recorded candles, told where each leg of a candle ends."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from hypersim.feeds.replay.rows import KlineRow
from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument
from hypersim.market.made_trades import MadeTrades
from hypersim.market.tape import PublicTrade


class Turn(NamedTuple):
    """Where a leg ends, when, and its share of the candle's volume."""

    time_ms: int
    price: Decimal
    size: Decimal


class ToldLeg(NamedTuple):
    """See `ToldTrades`: those from number `first` up to `end` of a candle's trades, which begin
    with the id `candle_id`."""

    made: MadeTrades
    time_ms: int
    first: int
    end: int
    candle_id: int

    @property
    def first_id(self) -> int:
        """See `ToldTrades`."""
        return self.candle_id + self.first

    @property
    def total(self) -> int:
        """See `ToldTrades`."""
        return self.end - self.first

    @property
    def last_id(self) -> int:
        """The id of the last of them, or of the one before where there are none."""
        return self.candle_id + self.end - 1

    @property
    def bar(self) -> Candle:
        """See `ToldTrades`."""
        return self.made.bar(self.first, self.end, self.time_ms, self.first_id)

    def latest(self, limit: int) -> list[PublicTrade]:
        """See `ToldTrades`."""
        return list(self.starting(self.last_id - limit + 1))

    def starting(self, from_id: int) -> Iterator[PublicTrade]:
        """Those with at least this id."""
        for number in range(max(self.first, from_id - self.candle_id), self.end):
            yield self.made.trade(number, self.candle_id + number, self.time_ms)


def told_legs(row: KlineRow, turns: Sequence[Turn], instrument: Instrument) -> list[ToldLeg]:
    """A leg for each turn; none has trades where the price was traded at before."""
    made = MadeTrades(row.candle, instrument)
    legs: list[ToldLeg] = []
    told = number = 0
    for turn in turns:
        is_there = number < len(made.ends) and made.turns[number] == turn.price
        end = made.ends[number] if is_there else told
        legs.append(ToldLeg(made, turn.time_ms, told, end, row.candle.first_trade_id or 1))
        told, number = end, number + is_there
    return legs
