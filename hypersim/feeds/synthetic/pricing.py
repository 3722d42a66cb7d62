"""A market from its instrument: what its two assets are worth, how much is traded, since when."""

from collections.abc import Mapping
from decimal import Decimal

from hypersim.feeds.options import SyntheticProfile
from hypersim.feeds.synthetic.assets import (
    home_price,
    motion_of,
    usual_notional,
    volatility_between,
)
from hypersim.feeds.synthetic.market import SyntheticMarket
from hypersim.feeds.synthetic.minutes import Figures, whole_lots
from hypersim.feeds.synthetic.paths import FIRST_DAY
from hypersim.market.candle import DAY_MS
from hypersim.market.instrument import Instrument
from hypersim.market.kinds import DOLLARS

LISTED_MS = 1_502_928_000_000
"""2017-08-17, when the venue began; a profile may say otherwise."""

EARLIER_MS = FIRST_DAY * DAY_MS
"""2010-01-01, when markets began for a clock that starts before they really did."""

_TICKS_MIN, _TICKS_FIT = 20.0, 10_000.0
"""Fewer ticks than the first are no price; then it has about the second."""


def market_of(
    instrument: Instrument, profiles: Mapping[str, SyntheticProfile], seed: int, now_ms: int
) -> SyntheticMarket:
    """The market of this instrument. Its price follows from what its assets are worth, however it
    was listed, unless the instrument's grid cannot hold that price."""
    in_base = home_price(instrument.base, profiles, seed)
    price = in_base / home_price(instrument.quote, profiles, seed)
    tick = float(instrument.tick_size)
    price = _fitting(price, tick, float(instrument.max_price) / 4)
    base, quote = motion_of(instrument.base), motion_of(instrument.quote)
    profile = profiles.get(instrument.symbol)
    volume = profile.volume if profile else usual_notional(instrument.quote) / Decimal(in_base)
    ticks = price / tick
    is_still = instrument.base in DOLLARS and instrument.quote in DOLLARS
    figures = Figures(
        symbol=instrument.symbol,
        ticks=ticks,
        lots=whole_lots(volume, instrument.step_size, ticks),
        rounding=2.0 if is_still else 0.0,
        volatility=volatility_between(base, quote),
        base=base,
        quote=quote,
    )
    listed_ms = profile.listed_ms if profile and profile.listed_ms is not None else LISTED_MS
    # Whoever starts the clock before the real market began wants to trade all the same.
    begun_ms = next(begun_ms for begun_ms in (listed_ms, EARLIER_MS, 0) if begun_ms <= now_ms)
    return SyntheticMarket(instrument, figures, seed, begun_ms)


def _fitting(price: float, tick: float, high: float) -> float:
    """The price, or so many tens of it or tenths as fit between ticks and the highest price."""
    if tick * _TICKS_MIN <= price <= high:
        return price
    least = min(tick * _TICKS_FIT, high)
    while price > high:
        price /= 10.0
    while price < least / 10.0:
        price *= 10.0
    return price
