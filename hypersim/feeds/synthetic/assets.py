"""What each asset is worth and how it moves. A market's price follows from its two assets."""

from collections.abc import Mapping
from decimal import Decimal
from math import sqrt

from hypersim.feeds.options import SyntheticProfile
from hypersim.feeds.synthetic.noise import key_of
from hypersim.feeds.synthetic.paths import Motion
from hypersim.market.kinds import DOLLARS

_CURRENCIES = {
    "EUR": 1.08,
    "EURI": 1.08,
    "AEUR": 1.08,
    "GBP": 1.27,
    "AUD": 0.66,
    "JPY": 0.0067,
    "TRY": 0.031,
    "BRL": 0.18,
    "ARS": 0.0011,
    "MXN": 0.055,
    "PLN": 0.26,
    "RON": 0.22,
    "UAH": 0.025,
    "ZAR": 0.055,
    "CZK": 0.043,
    "COP": 0.00025,
    "IDR": 0.000063,
    "NGN": 0.00063,
}
_COINS = {
    "AAVE": 128.0,
    "ALGO": 0.135,
    "APT": 6.4,
    "ARB": 0.54,
    "ATOM": 4.1,
    "BCH": 320.0,
    "BONK": 0.000018,
    "DOT": 4.3,
    "ETC": 18.4,
    "FIL": 3.6,
    "FLOKI": 0.00013,
    "HBAR": 0.051,
    "ICP": 8.1,
    "INJ": 18.5,
    "NEAR": 4.0,
    "OP": 1.5,
    "PAXG": 2_510.0,
    "PEPE": 0.0000075,
    "POL": 0.38,
    "SHIB": 0.0000135,
    "SUI": 0.98,
    "TON": 4.9,
    "UNI": 6.6,
    "WBTC": 64_250.0,
    "XLM": 0.092,
}
_TWINS = {"WBTC": "BTC", "BTCB": "BTC", "WETH": "ETH", "WBNB": "BNB"}
_MOTIONS = {"BTC": (0.00090, 0.95), "ETH": (0.00115, 0.88), "BNB": (0.00100, 0.80)}
_OF_COINS, _OF_CURRENCIES, _OF_GOLD = (0.00140, 0.78), (0.00008, 0.10), (0.00025, 0.05)
_STILL = 0.00005
"""What a market between two dollars moves by, for what is measured against a market's motion."""


def home_price(asset: str, profiles: Mapping[str, SyntheticProfile], seed: int) -> float:
    """What the asset is worth in dollars where it is at home: as its markets' profiles say, those
    in dollars first, else what is known here, else anything from 1 to 100."""
    if asset in DOLLARS:
        return 1.0
    crosses = []
    for symbol, profile in profiles.items():
        base, _, quote = symbol.partition("/")
        if base == asset and quote in DOLLARS:
            return float(profile.price)
        if base == asset and quote != asset:
            crosses.append((quote, profile.price))
    known = _COINS.get(asset) or _CURRENCIES.get(asset)
    if known is not None:
        return known
    for quote, price in crosses:
        if f"{quote}/{asset}" not in profiles:
            return float(price) * home_price(quote, _without(profiles, asset), seed)
    return 1.0 + key_of(seed, asset, "home") % 9_900 / 100.0


def motion_of(asset: str) -> Motion | None:
    """How the asset moves; None for what is always worth a dollar."""
    if asset in DOLLARS:
        return None
    name = _TWINS.get(asset, asset)
    if asset == "PAXG":
        return Motion(name, *_OF_GOLD)
    if asset in _CURRENCIES:
        return Motion(name, *_OF_CURRENCIES)
    return Motion(name, *_MOTIONS.get(name, _OF_COINS))


def volatility_between(base: Motion | None, quote: Motion | None) -> float:
    """The deviation of a usual minute's return of one asset against the other."""
    pair = [motion for motion in (base, quote) if motion is not None]
    variance = sum(motion.volatility * motion.volatility for motion in pair)
    if base is not None and quote is not None:
        common = base.shared * quote.shared if base.name != quote.name else 1.0
        variance -= 2.0 * common * base.volatility * quote.volatility
    return max(_STILL, sqrt(max(0.0, variance)))


def usual_notional(quote: str) -> Decimal:
    """Dollars that a market nobody described trades in a day."""
    return Decimal(20_000_000) if quote in DOLLARS else Decimal(4_000_000)


def _without(
    profiles: Mapping[str, SyntheticProfile], asset: str
) -> Mapping[str, SyntheticProfile]:
    """So that assets priced in each other have an end."""
    return {symbol: one for symbol, one in profiles.items() if asset not in symbol.split("/")}
