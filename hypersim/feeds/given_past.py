"""The past that a scenario gives to a market without one: recorded candles, and the trades that
they are made of, up to the moment at which the scenario begins.

It is kept in a folder beside the record, and stays the market's past whatever is played there next.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from hypersim.feeds.replay.candle_trades import CandleTrades
from hypersim.feeds.replay.candles import CandleSeries
from hypersim.feeds.replay.library import find_recordings
from hypersim.feeds.replay.merging import merged_rows
from hypersim.feeds.replay.recordings import Recording, plain_symbol
from hypersim.feeds.replay.rows import KlineRow
from hypersim.market import made_trades
from hypersim.market.candle import Candle, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.number import plain
from hypersim.market.tape import PublicTrade
from hypersim.service.feed import FeedUnavailable
from hypersim.service.scenarios.stage import Told

_FRESH = "history.csv"
"""What is being read, until it is known to be good."""


class _Past(NamedTuple):
    """Of one market, up to `end_ms`."""

    series: CandleSeries
    trades: CandleTrades
    end_ms: int


class GivenPast:
    """The pasts in a folder, as a feed tells them. Those that another record left there
    (`is_new`: this one tells of nothing yet) are forgotten."""

    def __init__(self, folder: Path, *, is_new: bool = False) -> None:
        self._folder = folder
        self._pasts: dict[str, _Past] = {}
        for file in folder.glob("*.csv") if is_new else ():
            file.unlink()

    def has(self, instrument: Instrument) -> bool:
        """Whether one was given to this market."""
        return instrument.id in self._pasts or bool(self._files(instrument))

    async def give(self, told: Told, *, replaces: bool) -> None:
        """Keep it: in place of what the market has, or only where it is just that. Raises
        FeedUnavailable that names file and line, and says what is wrong."""
        instrument = told.instrument
        content = await asyncio.to_thread(_content_of, told.source)
        name = f"{instrument.id}-{told.interval}-{sha256(content).hexdigest()[:12]}.csv"
        if replaces:
            await asyncio.to_thread(self._keep, told, content, name)
            self._pasts.pop(instrument.id, None)
        elif not (self._folder / name).exists():
            raise FeedUnavailable(f"{instrument.symbol} has another past already")

    async def last_close(self, instrument: Instrument) -> Decimal:
        """The price with which it ends."""
        past = await self._past(instrument)
        row = await asyncio.to_thread(lambda: next(past.series.rows(past.end_ms)))
        return row.candle.close

    async def history(
        self, instrument: Instrument, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """See `Feed`."""
        past = await self._past(instrument)
        end_ms = min(end_ms, past.end_ms)
        if start_ms >= end_ms or not past.series.serves(interval):
            return []
        return await asyncio.to_thread(past.series.history, interval, start_ms, end_ms, past.end_ms)

    async def trades(
        self,
        instrument: Instrument,
        *,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int,
        limit: int,
    ) -> list[PublicTrade]:
        """See `Feed`."""
        past = await self._past(instrument)
        end_ms = min(end_ms, past.end_ms)
        return await asyncio.to_thread(past.trades.trades, from_id, start_ms, end_ms, limit)

    async def beginning_ms(self, instrument: Instrument) -> int | None:
        """See `Feed`."""
        return (await self._past(instrument)).series.first_ms

    def _keep(self, told: Told, content: bytes, name: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / _FRESH
        try:
            path = told.source
            if isinstance(path, str):
                path = fresh
                fresh.write_bytes(content)
            lines = list(_lines_before(path, told))
            for other in self._files(told.instrument):
                other.unlink()
            fresh.write_text("".join(lines), encoding="ascii")
            fresh.replace(self._folder / name)
        finally:
            fresh.unlink(missing_ok=True)

    async def _past(self, instrument: Instrument) -> _Past:
        found = self._pasts.get(instrument.id)
        if found is None:
            files = self._files(instrument)
            if not files:
                raise FeedUnavailable(f"{instrument.symbol} was given no past")
            found = await asyncio.to_thread(_opened, files[0], instrument)
            self._pasts[instrument.id] = found
        return found

    def _files(self, instrument: Instrument) -> list[Path]:
        return sorted(self._folder.glob(f"{instrument.id}-*.csv"))


def check_candles(source: Path | str, symbol: str, interval: Interval) -> None:
    """Whether a file, or the text of one, holds such candles of the market. Raises FeedUnavailable
    that names file and line, and says what is wrong."""
    content = _content_of(source)
    with TemporaryDirectory() as folder:
        path = source
        if isinstance(path, str):
            path = Path(folder) / _FRESH
            path.write_bytes(content)
        deque(_candles(_recordings(path, plain_symbol(symbol), interval)), maxlen=0)


def lines_of(path: Path, symbol: str, interval: Interval) -> str:
    """The candles of a file of any kind, as lines of CSV. Raises FeedUnavailable."""
    candles = _candles(_recordings(path, plain_symbol(symbol), interval))
    return "".join(_line(candle, interval) for candle in candles)


def _lines_before(path: Path, told: Told) -> Iterator[str]:
    """The candles that are over by then, as lines of CSV. Candles of another time (none of them is
    going on or has just ended) are moved, so that the last one ends when one of its length does.
    Raises FeedUnavailable."""
    interval = told.interval
    recordings = _recordings(path, told.instrument.id, interval)
    first_ms = min(one.first_ms for one in recordings)
    last_ms = interval.next_open_ms(max(one.last_ms() for one in recordings))
    end_ms = interval.open_ms(Interval.M1.open_ms(told.before_ms))
    shift_ms = 0 if first_ms < end_ms <= last_ms else end_ms - last_ms
    if shift_ms and interval is Interval.MONTH:
        raise FeedUnavailable(
            f"{path.name}: candles of a month cannot be moved to another time; begin within them, "
            "or right after them"
        )
    for candle in _candles(recordings):
        open_ms = candle.open_ms + shift_ms
        if interval.next_open_ms(open_ms) <= end_ms:
            moved = msgspec.structs.replace(candle, open_ms=open_ms)
            # With the number of its trades: who counts them need not make them.
            yield _line(made_trades.told(moved, told.instrument), interval)


def _recordings(path: Path, symbol_id: str, interval: Interval) -> list[Recording]:
    recordings = find_recordings(path)
    for one in recordings:
        if one.interval is not interval:
            what = one.kind if one.interval is None else f"candles of {one.interval}"
            raise FeedUnavailable(f"{one.table.name} has {what}, not candles of {interval}")
    return [msgspec.structs.replace(one, symbol_id=symbol_id) for one in recordings]


def _candles(recordings: Sequence[Recording]) -> Iterator[Candle]:
    for row in merged_rows(recordings, recordings[0].symbol_id):
        if isinstance(row, KlineRow):
            yield row.candle


def _line(candle: Candle, interval: Interval) -> str:
    prices = candle.open, candle.high, candle.low, candle.close
    cells = (
        candle.open_ms,
        *map(plain, (*prices, candle.volume)),
        interval.next_open_ms(candle.open_ms) - 1,
        plain(candle.quote_volume),
        candle.trade_count,
        *map(plain, (candle.taker_volume, candle.taker_quote_volume)),
        0,
    )
    return ",".join(map(str, cells)) + "\n"


def _content_of(source: Path | str) -> bytes:
    try:
        return source.encode() if isinstance(source, str) else source.read_bytes()
    except OSError as error:
        raise FeedUnavailable(f"cannot read {source}: {error.strerror}") from None


def _opened(file: Path, instrument: Instrument) -> _Past:
    (recording,) = find_recordings(file)
    assert recording.interval is not None, file
    series = CandleSeries(instrument, recording.interval, [recording], _say_nothing)
    trades = CandleTrades(series, series.count_trades(), instrument)
    return _Past(series, trades, recording.interval.next_open_ms(recording.last_ms()))


def _say_nothing(line: str) -> None:
    """It takes a moment, and nobody waits for it at a terminal."""
