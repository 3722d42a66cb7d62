"""An instrument: one tradable pair with its increments, limits and default fees.

The limits are the filters that Binance publishes in `exchangeInfo` (PRICE_FILTER, LOT_SIZE,
MARKET_LOT_SIZE, NOTIONAL, PERCENT_PRICE_BY_SIDE, MAX_NUM_ORDERS and others), in exchange-neutral
words.
"""

from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

import msgspec
from msgspec.structs import force_setattr

from hypersim.market.candle import MINUTE_MS
from hypersim.market.number import (
    NUMBER_END,
    ONE,
    PLACES_MAX,
    QUANTA,
    is_multiple,
    is_recordable,
    places_of,
)

ASSET_PLACES = 8
"""Decimals in which balances and fees are kept unless an instrument's grid is finer."""

NAME_LENGTH_MAX = 100
"""Characters of an asset's name."""

TRAILING_END = 10_000
"""In basis points: an order that trails by all of the price would have no trigger price left."""


class TradingStatus(StrEnum):
    """Whether orders are taken. A halted symbol still allows cancels; one that is to be canceled
    only is closed for longer, or for good."""

    TRADING = "trading"
    HALTED = "halted"
    CANCEL_ONLY = "cancel_only"


class PriceBand(msgspec.Struct, frozen=True):
    """How far a limit price may stand from the average price, as multipliers of it, by side; those
    of Binance's large markets in 2026-09."""

    bid_down: Decimal = Decimal("0.5")
    bid_up: Decimal = Decimal("1.2")
    ask_down: Decimal = Decimal("0.8")
    ask_up: Decimal = Decimal("2")


class Instrument(msgspec.Struct, frozen=True, cache_hash=True):
    """A tradable pair. Prices and notionals are in quote, quantities in base.

    `average_minutes` is over how long the average price goes against which price bands and market
    orders are measured; with 0 that is the last price. `position_max` is how much of the base an
    account may have and await; None, as for `iceberg_orders_max`: any number. `fee_model` is None
    where that of the exchange is in force. One that `is_asked_for` was added by name while the
    exchange ran: it stays listed whatever is chosen at a start.
    """

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    step_size: Decimal
    min_price: Decimal
    max_price: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal
    max_notional: Decimal = Decimal("9000000")
    market_max_quantity: Decimal | None = None
    price_band: PriceBand = PriceBand()
    average_minutes: int = 5
    open_orders_max: int = 200
    algo_orders_max: int = 5
    iceberg_parts_max: int = 100
    iceberg_orders_max: int | None = None
    order_lists_max: int = 20
    order_amends_max: int = 10
    position_max: Decimal | None = None
    trailing_delta_min: int = 10
    trailing_delta_max: int = 2_000
    maker_fee_rate: Decimal = Decimal("0.001")
    taker_fee_rate: Decimal = Decimal("0.001")
    fee_model: str | None = None
    base_places: int = ASSET_PLACES
    quote_places: int = ASSET_PLACES
    status: TradingStatus = TradingStatus.TRADING
    is_asked_for: bool = False

    @property
    def average_ms(self) -> int:
        """Over how long the average price goes."""
        return self.average_minutes * MINUTE_MS

    def __post_init__(self) -> None:
        if self.symbol != f"{self.base}/{self.quote}":
            raise ValueError(f"symbol {self.symbol!r} must be BASE/QUOTE: {self.base}/{self.quote}")
        _check_names(self)
        _check_limits(self)
        if self.price_places + self.quantity_places > PLACES_MAX:
            raise ValueError(
                f"{self.symbol}: tick and step have over {PLACES_MAX} decimals together"
            )
        for rate in (self.maker_fee_rate, self.taker_fee_rate):
            if not (is_recordable(rate) and 0 <= rate < ONE):
                raise ValueError(
                    f"{self.symbol}: a fee rate must be from 0 up to 1, with at most {PLACES_MAX} "
                    "decimals"
                )
        if self.average_minutes < 0:
            raise ValueError(f"{self.symbol}: average_minutes must not be below zero")
        for places in (self.base_places, self.quote_places):
            if not 0 <= places <= PLACES_MAX:
                raise ValueError(f"{self.symbol}: an asset has 0 to {PLACES_MAX} decimals")
        # Whatever grid is announced can be traded on: an asset is counted at least as finely.
        force_setattr(self, "base_places", max(self.base_places, self.quantity_places))
        force_setattr(self, "quote_places", max(self.quote_places, self.price_places))

    @property
    def id(self) -> str:
        """The symbol as Binance spells it: BTCUSDT."""
        return self.base + self.quote

    @property
    def price_places(self) -> int:
        """Decimals of a price."""
        return places_of(self.tick_size)

    @property
    def quantity_places(self) -> int:
        """Decimals of a quantity."""
        return places_of(self.step_size)

    def notional(self, price: Decimal, quantity: Decimal) -> Decimal:
        """What `quantity` is worth at `price`, in quote. What is finer than the asset is cut off,
        in favor of the buyer: so much is paid, received, locked and told."""
        exact = price * quantity
        finest = QUANTA[self.quote_places]
        return exact.quantize(finest, ROUND_DOWN) if exact % finest else exact

    def is_on_tick(self, price: Decimal) -> bool:
        """Whether `price` is a multiple of the tick size."""
        return is_multiple(price, self.tick_size)

    def is_on_step(self, quantity: Decimal) -> bool:
        """Whether `quantity` is a multiple of the step size."""
        return is_multiple(quantity, self.step_size)


def _check_names(instrument: Instrument) -> None:
    """The record tells assets with blanks between them, and keeps them in indexes."""
    for name in (instrument.base, instrument.quote):
        if not name.isprintable() or " " in name or not 0 < len(name) <= NAME_LENGTH_MAX:
            raise ValueError(
                f"{instrument.symbol[:60]!r}: an asset has 1 to {NAME_LENGTH_MAX} printable "
                "characters without blanks"
            )


def _check_limits(instrument: Instrument) -> None:
    positive = ("tick_size", "step_size", "min_price", "max_price", "min_quantity")
    for name in (*positive, "max_quantity", "max_notional", "position_max"):
        number = getattr(instrument, name)
        if number is not None and not (number.is_finite() and number > 0):
            raise ValueError(f"{instrument.symbol}: {name} must be above zero")
        if number is not None and number >= NUMBER_END:
            raise ValueError(f"{instrument.symbol}: {name} must be below 10^20")
    least = instrument.min_notional
    if not (least.is_finite() and least >= 0):
        raise ValueError(f"{instrument.symbol}: min_notional must not be below zero")
    if (
        instrument.min_price > instrument.max_price
        or instrument.min_quantity > instrument.max_quantity
        or least > instrument.max_notional
        or instrument.trailing_delta_min > instrument.trailing_delta_max
    ):
        raise ValueError(f"{instrument.symbol}: a minimum is above its maximum")
    if not 0 < instrument.trailing_delta_min <= instrument.trailing_delta_max < TRAILING_END:
        raise ValueError(f"{instrument.symbol}: trailing deltas are from 1 to {TRAILING_END - 1}")


def spellings(instrument: Instrument) -> tuple[str, str, str]:
    """The ways in which clients write this symbol: BTC/USDT, BTC-USDT, BTCUSDT."""
    base, quote = instrument.base, instrument.quote
    return instrument.symbol, f"{base}-{quote}", base + quote
