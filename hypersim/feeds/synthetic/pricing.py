"""A market from its instrument: what its two assets are worth, how much is traded, since when."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from hypersim.feeds.options import FeedOptions, SyntheticProfile
from hypersim.feeds.spot_pairs import packaged_profiles
from hypersim.feeds.synthetic.assets import (
    Homes,
    motion_of,
    usual_notional,
    volatility_between,
)
from hypersim.feeds.synthetic.days import FIRST_DAY, know_closes
from hypersim.feeds.synthetic.market import SyntheticMarket
from hypersim.feeds.synthetic.minutes import Figures, whole_lots
from hypersim.market.candle import DAY_MS, MINUTE_MS, Interval
from hypersim.market.instrument import Instrument

LISTED_MS = 1_502_928_000_000
"""2017-08-17, when the venue began; a profile may say otherwise."""

EARLIER_MS = FIRST_DAY * DAY_MS
"""2010-01-01, when markets began for a clock that starts before they really did."""

_TICKS_MIN, _TICKS_FIT = 20.0, 10_000.0
"""Fewer ticks than the first are no price; then it has about the second."""


PROBE_TICKS = 1e9
"""Ticks of a price by which it is measured how a market has moved."""

TICKS_MAX = 1e10
"""Ticks of a price, so that a lively month's notional fits in 64 bits; beyond, the grid is
coarser."""


class Pricing:
    """Makes markets. A market is the same whatever others there are."""

    def __init__(self, profiles: Mapping[str, SyntheticProfile], seed: int) -> None:
        self._profiles = profiles
        self._homes = Homes(profiles, seed)
        self._seed = seed

    def prepare(self, instruments: Iterable[Instrument], now_ms: int) -> None:
        """The markets of all these are wanted soon: what takes less for all at once is done."""
        assets = {asset for one in instruments for asset in (one.base, one.quote)}
        motions = [motion_of(asset) for asset in sorted(assets)]
        know_closes(self._seed, [one for one in motions if one is not None], now_ms // DAY_MS + 1)

    def market(self, instrument: Instrument, now_ms: int) -> SyntheticMarket:
        """The market of this instrument. Its price follows from what its assets are worth, however
        it was listed, unless the instrument's grid cannot hold that price."""
        in_base = self._homes.price(instrument.base)
        price = in_base / self._homes.price(instrument.quote)
        tick = float(instrument.tick_size)
        ticks = _fitting(price, tick, float(instrument.max_price) / 4) / tick
        figures = self._figures(instrument, in_base, ticks)
        return SyntheticMarket(instrument, figures, self._seed, self._begun_ms(instrument, now_ms))

    def market_through(
        self, instrument: Instrument, price: Decimal, time_ms: int
    ) -> SyntheticMarket:
        """The same market at another level, so that the minute before `time_ms` closes at
        `price`."""
        in_base = self._homes.price(instrument.base)
        begun_ms = self._begun_ms(instrument, time_ms)
        figures = self._figures(instrument, in_base, PROBE_TICKS)
        probe = SyntheticMarket(instrument, figures, self._seed, begun_ms)
        before = probe.candles(Interval.M1, time_ms - MINUTE_MS, time_ms)
        moved = float(before[-1].close / instrument.tick_size) / PROBE_TICKS if before else 1.0
        tick = instrument.tick_size
        while price / tick > TICKS_MAX:
            tick *= 10
        instrument = msgspec.structs.replace(instrument, tick_size=tick)
        figures = self._figures(instrument, in_base, float(price / tick) / moved)
        return SyntheticMarket(instrument, figures, self._seed, begun_ms)

    def _figures(self, instrument: Instrument, in_base: float, ticks: float) -> Figures:
        """Of a market at `ticks` where its assets are at home; `in_base` is what its base is worth
        in dollars."""
        base, quote = motion_of(instrument.base), motion_of(instrument.quote)
        profile = self._profiles.get(instrument.symbol)
        volume = profile.volume if profile else usual_notional(instrument.quote) / Decimal(in_base)
        # Two that move as one: dollars, or a coin and its wrapped twin.
        return Figures(
            symbol=instrument.symbol,
            ticks=ticks,
            lots=whole_lots(volume, instrument.step_size, ticks),
            rounding=2.0 if base == quote else 0.0,
            volatility=volatility_between(base, quote),
            base=base,
            quote=quote,
        )

    def _begun_ms(self, instrument: Instrument, now_ms: int) -> int:
        """Whoever starts the clock before the real market began wants to trade all the same."""
        profile = self._profiles.get(instrument.symbol)
        listed_ms = profile.listed_ms if profile and profile.listed_ms is not None else LISTED_MS
        return next(begun_ms for begun_ms in (listed_ms, EARLIER_MS, 0) if begun_ms <= now_ms)


def pricing_of(options: FeedOptions) -> Pricing:
    """What the options say goes before what is packaged."""
    return Pricing({**options.profiles, **_unsaid(options.profiles)}, options.seed)


def _unsaid(profiles: Mapping[str, SyntheticProfile]) -> Mapping[str, SyntheticProfile]:
    packaged = packaged_profiles().items()
    return {symbol: profile for symbol, profile in packaged if symbol not in profiles}


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
