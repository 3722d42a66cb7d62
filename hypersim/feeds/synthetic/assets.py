"""What each asset is worth and how it moves. A market's price follows from its two assets."""

from collections.abc import Mapping
from decimal import Decimal
from math import sqrt

from hypersim.feeds.options import SyntheticProfile
from hypersim.feeds.synthetic.motion import Motion
from hypersim.feeds.synthetic.noise import key_of
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
_TWINS = {"WBTC": "BTC", "BTCB": "BTC", "WETH": "ETH", "WBETH": "ETH", "WBNB": "BNB"}
_MOTIONS = {"BTC": (0.00090, 0.95), "ETH": (0.00115, 0.88), "BNB": (0.00100, 0.80)}
_OF_COINS, _OF_CURRENCIES, _OF_GOLD = (0.00140, 0.78), (0.00008, 0.10), (0.00025, 0.05)
_STILL = 0.00005
"""What a market between two dollars moves by, for what is measured against a market's motion."""


class Homes:
    """What assets are worth in dollars where they are at home."""

    def __init__(self, profiles: Mapping[str, SyntheticProfile], seed: int) -> None:
        self._seed = seed
        self._in_dollars: dict[str, float] = {}
        self._crosses: dict[str, dict[str, float]] = {}
        for symbol, profile in profiles.items():
            base, _, quote = symbol.partition("/")
            if quote in DOLLARS:
                self._in_dollars.setdefault(base, float(profile.price))
            elif base != quote:
                self._crosses.setdefault(base, {})[quote] = float(profile.price)

    def price(self, asset: str) -> float:
        """As its markets' profiles say, those in dollars first, else what is known here, else
        anything from 1 to 100."""
        return self._price(asset, frozenset())

    def _price(self, asset: str, asked: frozenset[str]) -> float:
        """`asked` are those in which this one is priced: so assets priced in each other have an
        end."""
        if asset in DOLLARS:
            return 1.0
        known = self._in_dollars.get(asset) or _CURRENCIES.get(asset)
        if known is not None:
            return known
        for quote, price in self._crosses.get(asset, {}).items():
            if quote not in asked and asset not in self._crosses.get(quote, {}):
                return price * self._price(quote, asked | {asset})
        return 1.0 + key_of(self._seed, asset, "home") % 9_900 / 100.0


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
