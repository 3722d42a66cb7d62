"""The names of channels (spot_v3_en, "Websocket Market Streams", "Websocket User Data Streams")."""

import re
from enum import StrEnum
from typing import NamedTuple

from hypersim.market.candle import HOUR_MS, Interval


class Kind(StrEnum):
    """What a channel tells."""

    DEALS = "public.aggre.deals"
    DEPTH = "public.aggre.depth"
    BOOK_TICKER = "public.aggre.bookTicker"
    BOOK_TICKER_BATCH = "public.bookTicker.batch"
    LIMIT_DEPTH = "public.limit.depth"
    KLINE = "public.kline"
    MINI_TICKER = "public.miniTicker"
    MINI_TICKERS = "public.miniTickers"
    ACCOUNT = "private.account"
    OWN_DEALS = "private.deals"
    ORDERS = "private.orders"

    @property
    def is_private(self) -> bool:
        """Whether it is of an account."""
        return self in PRIVATE


PRIVATE = (Kind.ACCOUNT, Kind.OWN_DEALS, Kind.ORDERS)

SPEEDS_MS = {"100ms": 100, "10ms": 10}
LEVELS = {"5": 5, "10": 10, "20": 20}
INTERVALS = {
    "Min1": Interval.M1,
    "Min5": Interval.M5,
    "Min15": Interval.M15,
    "Min30": Interval.M30,
    "Min60": Interval.H1,
    "Hour4": Interval.H4,
    "Hour8": Interval.H8,
    "Day1": Interval.D1,
    "Week1": Interval.W1,
    "Month1": Interval.MONTH,
}
ROLLING = "24H"
ZONE_USUAL = "UTC+8"

_ZONE = re.compile(r"UTC([+-][0-9]{1,2})", re.ASCII)
_AHEAD_H_MAX = 14

_SUFFIX = ".v3.api.pb"


class Channel(NamedTuple):
    """A channel under its `name`; `symbol` is a market as MEXC calls it, of all where it is "";
    `option` is a key of the tables above, or a time zone."""

    name: str
    kind: Kind
    symbol: str = ""
    option: str = ""

    @property
    def event_type(self) -> str:
        """The name without the market, as events repeat it."""
        return self.name.removesuffix(f"@{self.symbol}")


def parse_channel(name: str) -> Channel | None:
    """The channel of that name; None for no channel's. Whether the market is there is another
    question."""
    market, _, rest = name.partition("@")
    words, *parts = rest.split("@")
    kinds = {kind.value + _SUFFIX: kind for kind in Kind}
    kind = kinds.get(words)
    if market != "spot" or kind is None:
        return None
    match kind, parts:
        case ((Kind.DEALS | Kind.DEPTH | Kind.BOOK_TICKER), [speed, symbol]) if speed in SPEEDS_MS:
            return Channel(name, kind, symbol, speed)
        case Kind.LIMIT_DEPTH, [symbol, levels] if levels in LEVELS:
            return Channel(name, kind, symbol, levels)
        case Kind.KLINE, [symbol, interval] if interval in INTERVALS:
            return Channel(name, kind, symbol, interval)
        case Kind.BOOK_TICKER_BATCH, [symbol]:
            return Channel(name, kind, symbol)
        case Kind.MINI_TICKER, [symbol, *zone] if _is_zone(zone):
            return Channel(name, kind, symbol, *zone)
        case Kind.MINI_TICKERS, zone if _is_zone(zone):
            return Channel(name, kind, "", *zone)
        case ((Kind.ACCOUNT | Kind.OWN_DEALS | Kind.ORDERS), []):
            return Channel(name, kind)
        case _:
            return None


def private_name(kind: Kind) -> str:
    """The name of a private channel."""
    return f"spot@{kind}{_SUFFIX}"


def ahead_ms(zone: str) -> int | None:
    """How far local time is ahead of UTC; None for the rolling 24 hours. Raises ValueError."""
    if zone == ROLLING:
        return None
    written = _ZONE.fullmatch(zone or ZONE_USUAL)
    if written is None or abs(int(written[1])) > _AHEAD_H_MAX:
        raise ValueError(f"{zone} is no time zone such as {ZONE_USUAL}")
    return int(written[1]) * HOUR_MS


def _is_zone(parts: list[str]) -> bool:
    try:
        for zone in parts:
            ahead_ms(zone)
    except ValueError:
        return False
    return len(parts) <= 1
