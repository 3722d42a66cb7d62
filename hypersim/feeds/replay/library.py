"""What a path of recordings holds: its symbols as instruments, and their rows."""

from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from pathlib import Path

from hypersim.feeds.choice_of_symbols import Choice, SymbolsMissing, pick
from hypersim.feeds.replay.candle_trades import CandleTrades
from hypersim.feeds.replay.candles import CandleSeries
from hypersim.feeds.replay.fields import Kind
from hypersim.feeds.replay.merging import merged_rows
from hypersim.feeds.replay.recordings import Recording, recognize
from hypersim.feeds.replay.streams import Stream
from hypersim.feeds.replay.tables import tables_in
from hypersim.feeds.replay.timeline import Timeline
from hypersim.feeds.replay.trades import TradeSeries
from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.number import parse_decimal, places_of
from hypersim.service.feed import FeedUnavailable, NotOffered

# Longest first, so that FDUSD is not taken for USD.
_QUOTE_ASSETS = (
    *("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "DAI", "BTC", "ETH", "BNB"),
    *("EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "USD"),
)
_MIN_NOTIONALS = {
    "BTC": Decimal("0.0001"),
    "ETH": Decimal("0.001"),
    "BNB": Decimal("0.01"),
}
_MIN_NOTIONAL = Decimal(5)
_ROWS_SAMPLED = 1_000
_PRICE_FIELDS = ("price", "open", "high", "low", "close", "bid", "ask")
_QUANTITY_FIELDS = ("quantity", "volume", "bid_size", "ask_size")


def find_recordings(path: Path) -> list[Recording]:
    """The recordings of a file or folder, by their start. Raises FeedUnavailable when there is none
    or one is of no known kind."""
    return sorted((recognize(table) for table in tables_in(path)), key=lambda one: one.first_ms)


def start_of(recordings: list[Recording], warmup_minutes: int) -> int:
    """When the exchange's time starts: with the first row, or so many minutes later, but not after
    the first quarter of the candles."""
    first_ms = recordings[0].first_ms
    candles = [one for one in recordings if one.kind is Kind.KLINES]
    if not (warmup_minutes and candles):
        return first_ms
    last_ms = max(one.last_ms() for one in candles)
    later_ms = min(warmup_minutes * MINUTE_MS, (last_ms - first_ms) // 4)
    return first_ms + later_ms - later_ms % MINUTE_MS


class RecordingLibrary:
    """Recordings by symbol, or those that are chosen. Raises FeedUnavailable when one cannot be
    used, and `NotOffered` for a symbol that was not recorded."""

    def __init__(
        self,
        recordings: list[Recording],
        known: tuple[Instrument, ...],
        say: Callable[[str], None],
        choice: Choice | None = None,
    ) -> None:
        self._by_id: dict[str, list[Recording]] = {}
        for recording in recordings:
            self._by_id.setdefault(recording.symbol_id, []).append(recording)
        listed = {instrument.id: instrument for instrument in known}
        found = {id_: listed.get(id_) or _derived(id_, group) for id_, group in self._by_id.items()}
        order = {id_: place for place, id_ in enumerate(listed)}
        ids = sorted(found, key=lambda id_: order.get(id_, len(order)))
        self.instruments = _chosen([found[id_] for id_ in ids], choice)
        self.series: dict[str, list[CandleSeries]] = {
            instrument.symbol: _series(instrument, self._by_id[instrument.id], say)
            for instrument in self.instruments
        }
        self.trades: dict[str, TradeSeries | CandleTrades] = {}
        for instrument in self.instruments:
            group, series = self._trades_of(instrument), self.series[instrument.symbol]
            if group:
                self.trades[instrument.symbol] = TradeSeries(instrument.symbol, group)
            elif series:
                self.trades[instrument.symbol] = _candle_trades(series, instrument)

    def preload(self, start_ms: int) -> None:
        """Read the first candles now, so that a file that is no good is noticed at the start."""
        for group in self.series.values():
            for series in group[:1]:
                next(series.rows(start_ms), None)

    @property
    def candles_end_ms(self) -> int:
        """When the last candle opens of the market whose recording ends first; 0 without any."""
        return min((group[0].last_ms for group in self.series.values() if group), default=0)

    def timeline_before(self, start_ms: int) -> Timeline:
        """The same with what traded lately before."""
        lately_ms = max((one.average_ms for one in self.instruments), default=0)
        return self.timeline(max(0, start_ms - lately_ms))

    def timeline(self, start_ms: int = 0) -> Timeline:
        """All recorded rows that have to be known from `start_ms` on."""
        shortest = [
            (instrument, self.series[instrument.symbol][0])
            for instrument in self.instruments
            if self.series[instrument.symbol]
        ]
        return Timeline(
            [Stream(instrument, series.rows(start_ms)) for instrument, series in shortest],
            # A book is made of all its changes.
            [*self._streams(Kind.DEPTH_SNAPSHOT, 0), *self._streams(Kind.DEPTH_UPDATE, 0)],
            self._streams(Kind.BOOK_TICKER, start_ms),
            [
                Stream(instrument, merged_rows(group, instrument.symbol, start_ms))
                for instrument in self.instruments
                if (group := self._trades_of(instrument))
            ],
        )

    def _trades_of(self, instrument: Instrument) -> list[Recording]:
        """Trades where they were recorded, else the aggregated ones: never the same trade twice."""
        group = self._by_id[instrument.id]
        trades = [one for one in group if one.kind is Kind.TRADES]
        return trades or [one for one in group if one.kind is Kind.AGG_TRADES]

    def _streams(self, kind: Kind, start_ms: int) -> list[Stream]:
        streams: list[Stream] = []
        for instrument in self.instruments:
            group = [one for one in self._by_id[instrument.id] if one.kind is kind]
            if group:
                streams.append(Stream(instrument, merged_rows(group, instrument.symbol, start_ms)))
        return streams


def _chosen(recorded: list[Instrument], choice: Choice | None) -> tuple[Instrument, ...]:
    """What is listed. Nobody recorded the volumes of a day: the largest are the first ones."""
    if choice is None:
        return tuple(recorded)
    by_symbol = {one.symbol: one for one in recorded}
    try:
        picked = pick(choice, tuple(by_symbol), lambda _: Decimal(0))
    except SymbolsMissing as missing:
        known = ", ".join(by_symbol)
        raise NotOffered(f"--symbols: the recording has no {missing}, only {known}") from None
    return tuple(by_symbol[symbol] for symbol in picked)


def _series(
    instrument: Instrument, recordings: list[Recording], say: Callable[[str], None]
) -> list[CandleSeries]:
    """One for each length of candle, the shortest first."""
    by_interval: dict[Interval, list[Recording]] = {}
    for recording in recordings:
        if recording.interval is not None:
            by_interval.setdefault(recording.interval, []).append(recording)
    return [
        CandleSeries(instrument, interval, by_interval[interval], say)
        for interval in Interval
        if interval in by_interval
    ]


def _candle_trades(series: list[CandleSeries], instrument: Instrument) -> CandleTrades:
    """Those of the shortest candles, which are played; the longer ones have the same."""
    counts = series[0].count_trades()
    for longer in series[1:]:
        longer.number_by(counts)
    return CandleTrades(series[0], counts, instrument)


def _derived(id_: str, recordings: list[Recording]) -> Instrument:
    """An instrument whose increments are the finest that the first rows show."""
    quote = next((one for one in _QUOTE_ASSETS if id_.endswith(one) and id_ != one), None)
    if quote is None:
        raise FeedUnavailable(
            f"replay: {recordings[0].table.name}: {id_!r} is no symbol; "
            "name the file like BTCUSDT-1m-2022-01.csv"
        )
    base = id_.removesuffix(quote)
    tick = _finest(recordings[0], _PRICE_FIELDS)
    step = _finest(recordings[0], _QUANTITY_FIELDS)
    return Instrument(
        symbol=f"{base}/{quote}",
        base=base,
        quote=quote,
        tick_size=tick,
        step_size=step,
        min_price=tick,
        max_price=max(Decimal(1_000_000), tick),
        min_quantity=step,
        max_quantity=max(Decimal(9_000_000), step),
        min_notional=_MIN_NOTIONALS.get(quote, _MIN_NOTIONAL),
    )


def _finest(recording: Recording, names: tuple[str, ...]) -> Decimal:
    places = 0
    for line, fields in islice(recording.fields(), _ROWS_SAMPLED):
        try:
            numbers = [parse_decimal(fields[name]) for name in names if name in fields]
        except ValueError as error:
            raise FeedUnavailable(f"replay: {recording.table.name} line {line}: {error}") from None
        places = max(places, *(places_of(number) for number in numbers if number), 0)
    return Decimal(1).scaleb(-places)
