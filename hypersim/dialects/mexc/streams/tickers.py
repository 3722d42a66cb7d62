"""The channels of the last 24 hours: of one market, and of all that moved."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from hypersim.api.streams.sources import Source, StateSource, moves_of
from hypersim.dialects.mexc.streams.channels import Channel, ahead_ms
from hypersim.dialects.mexc.streams.sources import Body, Event, Market
from hypersim.market.candle import Interval
from hypersim.market.number import plain
from hypersim.market.running_bar import Zoned

RATE_PLACES = Decimal("0.0001")


class MiniTickerSource(StateSource[Event]):
    """One market: the change in 24 hours, and since the day began in the zone of the channel."""

    def __init__(self, market: Market, channel: Channel) -> None:
        self._market = market
        offset_ms = ahead_ms(channel.option)
        self._day = None if offset_ms is None else Zoned(Interval.D1, offset_ms)
        self._opened: tuple[int, Decimal] | None = None
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        return moves_of(self._market.data)

    def current(self, now_ms: int) -> Sequence[Event]:
        """See `Source`."""
        body = self._body(now_ms)
        return () if body is None else (Event(now_ms, body),)

    def _body(self, now_ms: int) -> Body | None:
        ticker = self._market.data.ticker()
        last, since = ticker.last, ticker.open
        if last is None or since is None or ticker.high is None or ticker.low is None:
            return None
        rate, zoned = _rate(last, since), _rate(last, self._opened_at(now_ms) or since)
        high, low = plain(ticker.high), plain(ticker.low)
        return {
            "symbol": self._market.instrument.id,
            "price": plain(last),
            "rate": rate,
            "zonedRate": zoned,
            "high": high,
            "low": low,
            "volume": plain(ticker.quote_volume),
            "quantity": plain(ticker.base_volume),
            "lastCloseRate": rate,
            "lastCloseZonedRate": zoned,
            "lastCloseHigh": high,
            "lastCloseLow": low,
        }

    def _opened_at(self, now_ms: int) -> Decimal | None:
        """The first price of the day that is remembered; looked for once a day."""
        if self._day is None:
            return None
        day_ms = self._day.open_ms(now_ms)
        if self._opened is None or self._opened[0] != day_ms:
            minutes = self._market.data.candles(Interval.M1, day_ms)
            if not minutes:
                return None
            self._opened = day_ms, minutes[0].open
        return self._opened[1]


class MiniTickersSource(Source[Event]):
    """All markets: those that changed, together."""

    def __init__(self, markets: Callable[[], Iterable[Market]], channel: Channel) -> None:
        self._markets = markets
        self._channel = channel
        self._sources: dict[str, MiniTickerSource] = {}
        self._find()

    def poll(self, now_ms: int) -> Sequence[Event]:
        """See `Source`. A market that was listed since then is new as it stands."""
        known = [one.poll(now_ms) for one in self._sources.values()]
        return _together(now_ms, [*known, *(one.current(now_ms) for one in self._find())])

    def current(self, now_ms: int) -> Sequence[Event]:
        """See `Source`."""
        return _together(now_ms, [one.current(now_ms) for one in self._sources.values()])

    def _find(self) -> list[MiniTickerSource]:
        found = {
            market.symbol: MiniTickerSource(market, self._channel)
            for market in self._markets()
            if market.symbol not in self._sources
        }
        self._sources.update(found)
        return list(found.values())


def _together(now_ms: int, told: Iterable[Sequence[Event]]) -> Sequence[Event]:
    items = [event.body for events in told for event in events]
    return (Event(now_ms, {"items": items}),) if items else ()


def _rate(last: Decimal, since: Decimal) -> str:
    return plain(((last - since) / since).quantize(RATE_PLACES)) if since else "0"
