"""Small recordings in the formats of Binance's public dumps, and what comes of playing them."""

import zipfile
from pathlib import Path
from typing import TypeVar

from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from hypersim.market.candle import MINUTE_MS
from hypersim.market.events import MarketEvent
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.timed_feeds import events_of, options_at

T0 = 1_640_995_200_000
Event = TypeVar("Event")


def kline(minute: int, text: str, *, length_ms: int = MINUTE_MS, unit: int = 1) -> str:
    """A row of a kline dump: `text` is open, high, low, close, volume."""
    open_ms = T0 + minute * MINUTE_MS
    cells = [str(open_ms * unit), *text.split(), str((open_ms + length_ms) * unit - 1)]
    return ",".join([*cells, "1000.5", "7", "2", "500", "0"])


def trade(id_: int, time_ms: int, price: str, quantity: str = "0.5", maker: str = "True") -> str:
    """A row of a dump of trades."""
    return f"{id_},{price},{quantity},1,{time_ms},{maker},True"


def saved(path: Path, *lines: str) -> Path:
    """The file at `path`, which now has these lines."""
    path.write_text("".join(line + "\n" for line in lines))
    return path


def replaying(path: Path | str, *, now_ms: int = 0, said: list[str] | None = None) -> ReplayFeed:
    """A feed that plays what is there, on a clock that jumps to each event."""
    options = options_at(clock=SimulatedClock(now_ms, 0), said=said)
    return ReplayFeed(options, parse_source(str(path)))


async def played(path: Path) -> list[MarketEvent]:
    """All events of a file or folder."""
    feed = replaying(path)
    await feed.open()
    return await events_of(feed)


def zipped(path: Path, *lines: str, name: str = "BTCUSDT-1m.csv") -> Path:
    """A ZIP file at `path` with one member of these lines."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "".join(line + "\n" for line in lines))
    return path


def of(kind: type[Event], events: list[MarketEvent]) -> list[Event]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
