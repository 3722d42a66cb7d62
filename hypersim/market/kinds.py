"""What a market gets that somebody adds with few words: the filters of its kind, as a venue would
give them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec.structs import replace

from hypersim.market.instrument import Instrument, TradingStatus

DOLLARS = frozenset({"USDT", "USDC", "FDUSD", "TUSD", "USDP", "USD1", "BUSD", "DAI", "USD"})
"""Assets that are one dollar each."""

TICK_SIZE = Decimal("0.01")
STEP_SIZE = Decimal("0.00001")
PRICE_MAX = Decimal(1_000_000)
QUANTITY_MAX = Decimal(9_000_000)
MIN_NOTIONAL = Decimal(5)
"""In dollars, where no market says otherwise."""

_PRICE_DIGITS = 5
_FINEST = Decimal("0.00000001")


def of_its_kind(
    base: str, quote: str, listed: Iterable[Instrument], prices: Mapping[str, Decimal]
) -> Instrument:
    """A market of these two assets: like one of the same coin in another dollar, else with the
    smallest order of other markets in its quote, on a grid that fits its price where `prices`, by
    symbol, tell it."""
    known = list(listed)
    symbol = f"{base}/{quote}"
    for one in known:
        if one.base == base and quote in DOLLARS and one.quote in DOLLARS:
            return replace(one, symbol=symbol, quote=quote, status=TradingStatus.TRADING)
    in_quote = _worth(quote, prices)
    in_base = _worth(base, prices)
    min_notional = _min_notional(quote, known, in_quote)
    tick_size, step_size = TICK_SIZE, STEP_SIZE
    if in_base is not None and in_quote is not None:
        price = in_base / in_quote
        tick_size = max(_FINEST, _power(price.adjusted() + 1 - _PRICE_DIGITS))
        step_size = max(_FINEST, _power((min_notional / price).adjusted()))
    return Instrument(
        symbol,
        base,
        quote,
        tick_size,
        step_size,
        min_price=tick_size,
        max_price=max(PRICE_MAX, tick_size),
        min_quantity=step_size,
        max_quantity=max(QUANTITY_MAX, step_size),
        min_notional=min_notional,
    )


def _min_notional(quote: str, known: list[Instrument], in_quote: Decimal | None) -> Decimal:
    for one in known:
        if one.quote == quote or (one.quote in DOLLARS and quote in DOLLARS):
            return one.min_notional
    return _power((MIN_NOTIONAL / in_quote).adjusted()) if in_quote is not None else Decimal(0)


def _worth(asset: str, prices: Mapping[str, Decimal]) -> Decimal | None:
    """In dollars."""
    if asset in DOLLARS:
        return Decimal(1)
    return next(
        (prices[s] for dollar in sorted(DOLLARS) if (s := f"{asset}/{dollar}") in prices), None
    )


def _power(exponent: int) -> Decimal:
    """Ten to the power of `exponent`, in plain digits."""
    return Decimal(10) ** exponent if exponent < 0 else Decimal(10**exponent)
