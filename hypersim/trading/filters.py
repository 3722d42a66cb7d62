"""Whether an order suits its instrument: increments, limits, price band, notional.

Each check returns None or a refusal that names what was wrong and what was expected. The rules are
those of Binance's filters (public documentation, "Filters"), whose limits are inclusive.
"""

from collections.abc import Mapping
from decimal import Decimal

from hypersim.market.instrument import Instrument
from hypersim.market.number import plain
from hypersim.trading.order import BUY, OrderType, Side
from hypersim.trading.rejections import Rejected, Rejection

_MARKET = OrderType.MARKET


def check_price(
    instrument: Instrument, side: Side, price: Decimal, reference: Decimal | None
) -> Rejected | None:
    """Range, tick and, when a reference price is known, the band around it."""
    if not instrument.min_price <= price <= instrument.max_price:
        return _refuse(
            Rejection.PRICE_OUT_OF_RANGE,
            f"Price {plain(price)} is outside {plain(instrument.min_price)} to "
            f"{plain(instrument.max_price)}",
            price=price,
            min=instrument.min_price,
            max=instrument.max_price,
        )
    if price % instrument.tick_size:
        return _refuse(
            Rejection.PRICE_OFF_TICK,
            f"Price {plain(price)} is not a multiple of the tick size "
            f"{plain(instrument.tick_size)}",
            price=price,
            tickSize=instrument.tick_size,
        )
    if reference is None:
        return None
    band = instrument.price_band
    down, up = (band.bid_down, band.bid_up) if side is BUY else (band.ask_down, band.ask_up)
    low, high = reference * down, reference * up
    if not low <= price <= high:
        return _refuse(
            Rejection.PRICE_OUT_OF_BAND,
            f"Price {plain(price)} is too far from the market: expected {plain(low)} to "
            f"{plain(high)}",
            price=price,
            min=low,
            max=high,
        )
    return None


def check_quantity(
    instrument: Instrument, order_type: OrderType, quantity: Decimal
) -> Rejected | None:
    """Range and step, and then the smaller maximum that market orders may have."""
    if quantity < instrument.min_quantity:
        return _refuse(
            Rejection.QUANTITY_TOO_SMALL,
            f"Amount {plain(quantity)} is below the minimum {plain(instrument.min_quantity)}",
            amount=quantity,
            min=instrument.min_quantity,
        )
    if quantity > instrument.max_quantity:
        return _refuse(
            Rejection.QUANTITY_TOO_LARGE,
            f"Amount {plain(quantity)} is above the maximum {plain(instrument.max_quantity)}",
            amount=quantity,
            max=instrument.max_quantity,
        )
    if quantity % instrument.step_size:
        return _refuse(
            Rejection.QUANTITY_OFF_STEP,
            f"Amount {plain(quantity)} is not a multiple of the step size "
            f"{plain(instrument.step_size)}",
            amount=quantity,
            stepSize=instrument.step_size,
        )
    market_max = instrument.market_max_quantity
    if order_type is _MARKET and market_max is not None and quantity > market_max:
        return _refuse(
            Rejection.MARKET_QUANTITY_TOO_LARGE,
            f"Amount {plain(quantity)} is above the maximum {plain(market_max)} of market orders",
            amount=quantity,
            max=market_max,
        )
    return None


def check_liquidity(instrument: Instrument, offered: Decimal) -> Rejected | None:
    """Whether a market order by cost can find the smallest quantity at all: too little of it on
    offer is no fault of the order's."""
    if offered >= instrument.min_quantity:
        return None
    return _refuse(
        Rejection.TOO_LITTLE_LIQUIDITY if offered else Rejection.NO_LIQUIDITY,
        f"The market has {plain(offered)} {instrument.base} left for this order, which is below "
        f"the minimum {plain(instrument.min_quantity)}",
        amount=offered,
        min=instrument.min_quantity,
    )


def check_notional(
    instrument: Instrument, notional: Decimal, *, is_market: bool = False
) -> Rejected | None:
    """Price times quantity, in quote. Market orders have no largest one."""
    if notional < instrument.min_notional:
        return _refuse(
            Rejection.NOTIONAL_TOO_SMALL,
            f"Order value {plain(notional)} {instrument.quote} is below the minimum "
            f"{plain(instrument.min_notional)}",
            cost=notional,
            min=instrument.min_notional,
        )
    if notional > instrument.max_notional and not is_market:
        return _refuse(
            Rejection.NOTIONAL_TOO_LARGE,
            f"Order value {plain(notional)} {instrument.quote} is above the maximum "
            f"{plain(instrument.max_notional)}",
            cost=notional,
            max=instrument.max_notional,
        )
    return None


def check_assets(
    limits: Mapping[str, Decimal], instrument: Instrument, quantity: Decimal, notional: Decimal
) -> Rejected | None:
    """The most of an asset that one order may trade: of the base its quantity, of the quote its
    notional."""
    for asset, amount in ((instrument.base, quantity), (instrument.quote, notional)):
        most = limits.get(asset)
        if most is not None and amount > most:
            return _refuse(
                Rejection.ASSET_AMOUNT_TOO_LARGE,
                f"One order may trade at most {plain(most)} {asset}, not {plain(amount)}",
                amount=amount,
                max=most,
            )
    return None


def check_iceberg(
    instrument: Instrument, quantity: Decimal, iceberg_quantity: Decimal
) -> Rejected | None:
    """The visible part is a quantity of its own, no more than the whole, and not too small a part
    of it."""
    if refusal := check_quantity(instrument, OrderType.LIMIT, iceberg_quantity):
        return refusal
    if iceberg_quantity > quantity:
        return _refuse(
            Rejection.ICEBERG_TOO_LARGE,
            f"The visible amount {plain(iceberg_quantity)} is above the amount {plain(quantity)}",
            visible=iceberg_quantity,
            amount=quantity,
        )
    most = instrument.iceberg_parts_max
    if iceberg_quantity * most < quantity:
        return _refuse(
            Rejection.TOO_MANY_ICEBERG_PARTS,
            f"Amount {plain(quantity)} has over {most} parts of {plain(iceberg_quantity)}",
            visible=iceberg_quantity,
            max=Decimal(most),
        )
    return None


def check_trailing_delta(instrument: Instrument, delta: int) -> Rejected | None:
    """In basis points."""
    low, high = instrument.trailing_delta_min, instrument.trailing_delta_max
    if low <= delta <= high:
        return None
    return _refuse(
        Rejection.TRAILING_DELTA_OUT_OF_RANGE,
        f"The trailing delta {delta} is outside {low} to {high} basis points",
        delta=Decimal(delta),
        min=Decimal(low),
        max=Decimal(high),
    )


def check_trigger(price: Decimal, last: Decimal, *, rises: bool) -> Rejected | None:
    """A trigger price lies beyond the last price, on the side from which it is to be reached."""
    if price > last if rises else price < last:
        return None
    return _refuse(
        Rejection.TRIGGERS_IMMEDIATELY,
        f"The last price {plain(last)} would trigger the order at {plain(price)} immediately",
        trigger=price,
        last=last,
    )


def check_funds(asset: str, required: Decimal, free: Decimal) -> Rejected | None:
    """Whether the account can pay."""
    if required <= free:
        return None
    return _refuse(
        Rejection.INSUFFICIENT_BALANCE,
        f"Insufficient {asset} balance",
        required=required,
        available=free,
    )


def _refuse(reason: Rejection, message: str, **figures: Decimal) -> Rejected:
    return Rejected(reason, message, {name: plain(figure) for name, figure in figures.items()})
