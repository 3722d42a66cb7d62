"""What a new order has to satisfy before anything is known of what it would trade with.

`check_order` is what a test of an order is told; the others, and `allowance`, are for the engine
alone to say.
"""

from collections.abc import Callable
from decimal import Decimal
from hashlib import blake2b
from operator import methodcaller
from struct import Struct

import msgspec
from msgspec.structs import force_setattr

from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.market.number import ZERO, ceil_to
from hypersim.trading import filters
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.market import Market
from hypersim.trading.order import OrderType, Side, TimeInForce
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.state import ExchangeState
from hypersim.trading.triggers import BASIS_POINTS

_TRADING = TradingStatus.TRADING
_MARKET = OrderType.MARKET


NEVER_RESTS = frozenset({TimeInForce.IOC, TimeInForce.FOK})

_AS_INTEGER = Struct(">Q").unpack
_ENCODER = msgspec.json.Encoder()
_copied: Callable[[PlaceOrder], PlaceOrder] = methodcaller("__copy__")
_NO_BYTES = blake2b(digest_size=8)
"""To be copied: to make one takes longer than all that it is told."""

NO_ACCOUNT = Rejected(Rejection.UNKNOWN_ACCOUNT, "This account does not exist")


def unknown_symbol(symbol: str) -> Rejected:
    """The refusal for a symbol that is not listed."""
    return Rejected(Rejection.UNKNOWN_SYMBOL, f"Unknown symbol {symbol[:40]!r}")


def fingerprint_of(command: PlaceOrder, symbol: str) -> int | None:
    """63 bits that identify a retry-safe request, however it spelled the symbol and the numbers."""
    if command.client_order_id is None or not command.is_retry_safe:
        return None
    canonical = _copied(command)
    force_setattr(canonical, "symbol", symbol)
    if command.quantity is not None:
        force_setattr(canonical, "quantity", command.quantity.normalize())
    if command.quote_quantity is not None:
        force_setattr(canonical, "quote_quantity", command.quote_quantity.normalize())
    if command.price is not None:
        force_setattr(canonical, "price", command.price.normalize())
    if command.trigger_price is not None:
        force_setattr(canonical, "trigger_price", command.trigger_price.normalize())
    if command.iceberg_quantity is not None:
        force_setattr(canonical, "iceberg_quantity", command.iceberg_quantity.normalize())
    digest = _NO_BYTES.copy()
    digest.update(_ENCODER.encode(canonical))
    (bits,) = _AS_INTEGER(digest.digest())
    return int(bits) >> 1


def check_client_order_id(
    state: ExchangeState, symbol: str, command: PlaceOrder, fingerprint: int | None
) -> Rejected | None:
    """The id must be free in this symbol; the refusal of a repeated retry-safe request names its
    order."""
    if command.client_order_id is None:
        return None
    use = state.client_order_ids.find(command.account_id, symbol, command.client_order_id)
    if use is None or not (use.is_open or command.is_retry_safe):
        return None
    is_repeated = fingerprint is not None and use.fingerprint == fingerprint
    return Rejected(
        Rejection.DUPLICATE_CLIENT_ORDER_ID,
        f"Client order id {command.client_order_id!r} was used for order {use.order_id}",
        {"orderId": str(use.order_id)},
        order_id=use.order_id if is_repeated else None,
    )


def check_order(market: Market, command: PlaceOrder, now_ms: int) -> Rejected | None:
    """All that can be said of an order by itself: whether its symbol takes it and its filters let
    it through. Nothing of what its owner has or has open, or what it would meet in the book."""
    return check_market(market, command, now_ms) or check_terms(market, command, now_ms)


def check_market(market: Market, command: PlaceOrder, now_ms: int) -> Rejected | None:
    """Whether the symbol takes such an order now."""
    symbol = market.instrument.symbol
    if market.instrument.status is not _TRADING:
        return Rejected(Rejection.MARKET_HALTED, f"Trading in {symbol} is halted")
    if command.expires_ms is not None and command.expires_ms <= now_ms:
        return check_expiry(command, now_ms)
    if command.type is not _MARKET or command.trigger is not None:
        return None
    if market.reference.is_stale or market.reference.price is None:
        return Rejected(
            Rejection.MARKET_DATA_STALE,
            f"There is no fresh price for {symbol}: only limit orders are taken",
        )
    return None


def check_expiry(command: PlaceOrder, now_ms: int) -> Rejected | None:
    """An order's date lies ahead."""
    if command.expires_ms is None or command.expires_ms > now_ms:
        return None
    return Rejected(
        Rejection.EXPIRY_IN_THE_PAST,
        f"Expiry {command.expires_ms} is not after the exchange's time {now_ms}",
    )


def check_terms(market: Market, command: PlaceOrder, now_ms: int) -> Rejected | None:
    """Increments, limits, price band, notional."""
    instrument, reference = market.instrument, market.reference
    quantity = command.quantity
    price = command.price if command.peg is None else own_price(command)
    if quantity is not None:
        refusal = filters.check_quantity(instrument, command.type, quantity)
        if refusal is not None:
            return refusal
    if price is not None:
        average = reference.average(now_ms)
        refusal = filters.check_price(instrument, command.side, price, average)
        if refusal is not None:
            return refusal
    if command.trigger is not None or command.iceberg_quantity is not None:
        refusal = _check_rare_terms(instrument, command)
        if refusal is not None:
            return refusal
    if price is None:
        if command.trigger is None:
            price = reference.average(now_ms) or ZERO
        else:
            price = _trigger_price(instrument, reference.price, command)
    notional = command.quote_quantity if quantity is None else price * quantity
    assert notional is not None, command
    is_market = command.type is _MARKET and command.trigger is None
    refusal = filters.check_notional(instrument, notional, is_market=is_market)
    if refusal is None and market.asset_limits:
        return filters.check_assets(market.asset_limits, instrument, quantity or ZERO, notional)
    return refusal


def own_price(command: PlaceOrder) -> Decimal | None:
    """The price that the order states: of a pegged one that has none yet, its limit."""
    if command.peg is not None and command.price is None:
        return command.peg.limit
    return command.price


def check_waiting_terms(market: Market, command: PlaceOrder) -> Rejected | None:
    """The same for an order that will be placed some time later, as far as neither the price of now
    nor a quantity that another order will bring matters."""
    instrument = market.instrument
    quantity, price = command.quantity, own_price(command)
    if quantity:
        refusal = filters.check_quantity(instrument, command.type, quantity)
        if refusal is not None:
            return refusal
    if price is not None:
        refusal = filters.check_price(instrument, command.side, price, None)
        if refusal is not None:
            return refusal
    refusal = _check_rare_terms(instrument, command)
    price = command.trigger_price if price is None else price
    if refusal is not None or not quantity:
        return refusal
    notional = ZERO if price is None else price * quantity
    if price is not None and (refusal := filters.check_notional(instrument, notional)):
        return refusal
    return filters.check_assets(market.asset_limits, instrument, quantity, notional)


def conditional_hold(instrument: Instrument, last: Decimal | None, command: PlaceOrder) -> Decimal:
    """What a conditional order locks from its placement on, beside its fees: a sell its quantity, a
    limit buy its limit times its quantity. A market buy locks what it will cost at the price that
    triggers it; should it then cost more, the rest is taken from what is available."""
    assert command.quantity is not None, command
    if command.side is Side.SELL:
        return command.quantity
    price = own_price(command)
    if price is None:
        price = _trigger_price(instrument, last, command)
    return instrument.notional(price, command.quantity)


def check_not_fired(command: PlaceOrder, last: Decimal | None) -> Rejected | None:
    """Whether the order, which is conditional, has to wait at all."""
    price = command.trigger_price
    if command.trigger is None or price is None or last is None:
        return None
    return filters.check_trigger(price, last, rises=command.trigger.rises(command.side))


def _check_rare_terms(instrument: Instrument, command: PlaceOrder) -> Rejected | None:
    if command.iceberg_quantity is not None and command.quantity:
        refusal = filters.check_iceberg(instrument, command.quantity, command.iceberg_quantity)
        if refusal is not None:
            return refusal
    if command.trailing_delta is not None:
        refusal = filters.check_trailing_delta(instrument, command.trailing_delta)
        if refusal is not None:
            return refusal
    price = command.trigger_price
    if command.trigger is None or price is None:
        return None
    return filters.check_price(instrument, command.side, price, None)


def _trigger_price(instrument: Instrument, last: Decimal | None, command: PlaceOrder) -> Decimal:
    """The price at which it is expected to trigger: of a trailing order, the delta beyond where it
    begins."""
    start = command.trigger_price or last or ZERO
    if command.trailing_delta is None:
        return start
    delta = command.trailing_delta if command.side is Side.BUY else -command.trailing_delta
    return ceil_to(start * (BASIS_POINTS + delta) / BASIS_POINTS, instrument.tick_size)
