"""Events that nobody looks at, told in sum."""

from collections.abc import Sequence

from msgspec.structs import replace

from hypersim.market.candle import Candle, Interval
from hypersim.market.events import (
    CandleClosed,
    MarketEvent,
    MinutesPassed,
    PricePassed,
    QuoteUpdated,
    TradePrinted,
)


def closed_part(events: Sequence[MarketEvent]) -> int:
    """How many of them, from the first on, can be told in sum: up to the last minute that closes,
    where all are those of recorded candles, whose trades can be asked for. 0 where that is none."""
    end = 0
    for number, event in enumerate(events, 1):
        match event:
            case CandleClosed():
                end = number
            case TradePrinted(told=None) | TradePrinted(venue_id=None):
                return 0
            case TradePrinted() | QuoteUpdated() | PricePassed():
                pass
            case _:
                return 0
    return end


def in_sum(events: Sequence[MarketEvent]) -> list[MinutesPassed]:
    """For each market what these events come to, at the time of the last one."""
    parts: dict[str, _Part] = {}
    for event in events:
        part = parts.get(event.symbol)
        if part is None:
            part = parts[event.symbol] = _Part()
        part.add(event)
    return [part.told(symbol, events[-1].time_ms) for symbol, part in parts.items()]


class _Part:
    """Of one market."""

    def __init__(self) -> None:
        self._minutes: list[Candle] = []
        self._quote: QuoteUpdated | None = None
        self._trade: TradePrinted | None = None
        self._events = self._trades = 0

    def add(self, event: MarketEvent) -> None:
        self._events += 1
        match event:
            case CandleClosed(interval=Interval.M1):
                self._minutes.append(event.candle)
            case QuoteUpdated():
                self._quote = event
            case TradePrinted():
                self._trades += 1
                self._trade = event
            case PricePassed(is_gap=False):
                # Where nobody waits it passes unseen.
                self._events -= 1
            case _:
                pass

    def told(self, symbol: str, time_ms: int) -> MinutesPassed:
        quote = None if self._quote is None else replace(self._quote, time_ms=time_ms)
        return MinutesPassed(
            symbol,
            time_ms,
            tuple(self._minutes),
            quote,
            self._trade,
            self._events,
            self._trades,
        )
