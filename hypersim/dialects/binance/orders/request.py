"""A new order as a request describes it: which parameters its type needs, takes and refuses.

The legs of order lists are described in the same way, by parameters with a prefix.
"""

import re
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from hypersim.dialects.binance.errors import parameters as errors
from hypersim.dialects.binance.errors.general import BinanceError, invalid_time_in_force
from hypersim.dialects.binance.errors.orders import (
    iceberg_must_rest,
    strategy_type_too_small,
    unsupported_combination,
)
from hypersim.dialects.binance.orders.names import SINGLE, Names
from hypersim.dialects.binance.orders.pegs import check_peg, read_peg
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.words import (
    DEFAULT_PREVENTION,
    KINDS,
    PREVENTIONS,
    SIDES,
    TIMES_IN_FORCE,
    Kind,
)
from hypersim.market.instrument import Instrument
from hypersim.service.chance import Purpose, source, url_text
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import Peg, SelfTradePrevention, Side, TimeInForce

CLIENT_ORDER_ID_LEGAL = "^[a-zA-Z0-9-_]{1,36}$"
STRATEGY_TYPE_MIN = 1_000_000
STRATEGY_TYPE_MAX = 2**31 - 1
TRAILING_DELTA_MAX = 2**31 - 1
NAME_LENGTH = 22
CLIENT_ORDER_ID = re.compile(r"[a-zA-Z0-9\-_]{1,36}", re.ASCII)

_drawn_names: list[str] = []


class Shared(msgspec.Struct, frozen=True, gc=False):
    """What all orders of a request have in common."""

    account_id: int
    instrument: Instrument
    prevention: SelfTradePrevention


class Amount(msgspec.Struct, frozen=True, gc=False):
    """How much to trade: of base, or for so much quote."""

    quantity: Decimal | None
    quote_quantity: Decimal | None = None


class Terms(msgspec.Struct, frozen=True, gc=False):
    """What a request says of one order besides its side and amount, as far as it says it."""

    kind: Kind
    client_order_id: str
    time_in_force: TimeInForce | None
    price: Decimal | None
    stop_price: Decimal | None = None
    trailing_delta: int | None = None
    iceberg: Decimal | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    peg: Peg | None = None


def new_client_order_id() -> str:
    """A name for an order, or a cancel, that came without: 22 letters and digits, `-` and `_`."""
    try:
        return _drawn_names.pop()
    except IndexError:
        _draw_names()
        return _drawn_names.pop()


def _draw_names() -> None:
    """Many at a time, as asking the system for randomness takes longer than all else here."""
    # 33 random bytes are 44 letters, which are two names.
    letters = url_text(Purpose.ORDER_NAME, -(-33 * source().batch // 2))
    starts = range(0, source().batch * NAME_LENGTH, NAME_LENGTH)
    _drawn_names.extend(letters[start : start + NAME_LENGTH] for start in starts)


def read_client_order_id(params: Params, name: str) -> str:
    """The name that was sent, else a new one. Raises -1100 or -1105."""
    sent = params.matching(name, CLIENT_ORDER_ID, CLIENT_ORDER_ID_LEGAL)
    return new_client_order_id() if sent is None else sent


def read_side(params: Params, name: str = "side") -> Side:
    """BUY or SELL. Raises -1102 or -1117."""
    return params.need_choice(name, SIDES, errors.invalid_side)


def read_shared(params: Params, account_id: int, instrument: Instrument) -> Shared:
    """Reads `selfTradePreventionMode`. Raises -1130."""
    prevention = DEFAULT_PREVENTION
    if "selfTradePreventionMode" in params:
        prevention = params.need_choice("selfTradePreventionMode", PREVENTIONS)
    return Shared(account_id, instrument, prevention)


def read_quantity(params: Params, instrument: Instrument, name: str = "quantity") -> Decimal:
    """An amount of base that must be there."""
    return params.need_positive(name, instrument.base_places)


def read_order(params: Params, account_id: int, instrument: Instrument) -> PlaceOrder:
    """The new order of a request that is about one. Raises `BinanceError`."""
    side = read_side(params)
    terms = read_terms(params, SINGLE, instrument, read_kind(params))
    shared = read_shared(params, account_id, instrument)
    return command(shared, side, terms, _read_amount(params, terms.kind, instrument))


def read_kind(params: Params, name: str = "type") -> Kind:
    """An order type. Raises -1102 or -1116."""
    return params.need_choice(name, KINDS, errors.invalid_order_type)


def read_terms(params: Params, names: Names, instrument: Instrument, kind: Kind) -> Terms:
    """Reads the parameters that `names` names, and checks that the type needs and takes them."""
    time_in_force = params.choice(names.time_in_force, TIMES_IN_FORCE, invalid_time_in_force)
    price = params.positive(names.price, instrument.quote_places)
    terms = Terms(kind, read_client_order_id(params, names.client_order_id), time_in_force, price)
    is_usual = (
        kind.trigger is None
        and (time_in_force is not None) is kind.takes_time_in_force
        and (price is not None) is kind.is_limit
    )
    if params.has_any(names.rare):
        terms = _read_rare(params, names, instrument, terms)
        is_usual = False
    if not is_usual and (error := _mistake(names, terms)):
        raise error
    return terms


def _read_rare(params: Params, names: Names, instrument: Instrument, terms: Terms) -> Terms:
    return replace(
        terms,
        stop_price=params.positive(names.stop_price, instrument.quote_places),
        trailing_delta=params.integer(names.trailing_delta, 1, TRAILING_DELTA_MAX),
        # Zero is as good as none.
        iceberg=params.decimal(names.iceberg, instrument.base_places) or None,
        strategy_id=params.integer(names.strategy_id),
        strategy_type=read_strategy_type(params, names.strategy_type),
        peg=read_peg(params, names.peg, terms.price),
    )


def command(shared: Shared, side: Side, terms: Terms, amount: Amount) -> PlaceOrder:
    """The order as the exchange takes it."""
    kind = terms.kind
    return PlaceOrder(
        shared.account_id,
        shared.instrument.symbol,
        side,
        kind.type,
        quantity=amount.quantity,
        quote_quantity=amount.quote_quantity,
        price=terms.price if terms.peg is None else None,
        time_in_force=terms.time_in_force or TimeInForce.GTC,
        post_only=kind.post_only,
        client_order_id=terms.client_order_id,
        self_trade_prevention=shared.prevention,
        # Only open orders need different names; a repeated request is a new order.
        is_retry_safe=False,
        trigger=kind.trigger,
        trigger_price=terms.stop_price,
        trailing_delta=terms.trailing_delta,
        iceberg_quantity=terms.iceberg,
        strategy_id=terms.strategy_id,
        strategy_type=terms.strategy_type,
        peg=terms.peg,
    )


def _mistake(names: Names, terms: Terms) -> BinanceError | None:
    """What is missing comes before what is too much."""
    kind = terms.kind
    takes_trigger = kind.trigger is not None
    if kind.takes_time_in_force and terms.time_in_force is None:
        return errors.mandatory(names.time_in_force)
    if terms.peg is not None and (error := check_peg(terms.peg, kind, terms.time_in_force)):
        return error
    if kind.is_limit and terms.price is None and terms.peg is None:
        return errors.mandatory(names.price)
    if takes_trigger and terms.stop_price is None and terms.trailing_delta is None:
        return errors.mandatory_one_of(names.stop_price, names.trailing_delta)
    refused = (
        (names.time_in_force, terms.time_in_force, kind.takes_time_in_force),
        (names.price, terms.price, kind.is_limit),
        (names.stop_price, terms.stop_price, takes_trigger),
        (names.trailing_delta, terms.trailing_delta, takes_trigger),
        (names.iceberg, terms.iceberg, kind.is_limit),
    )
    for name, value, is_taken in refused:
        if value is not None and not is_taken:
            return errors.not_required(name)
    if terms.iceberg is not None and terms.time_in_force not in (None, TimeInForce.GTC):
        if names is SINGLE:
            return unsupported_combination()
        return iceberg_must_rest(names.iceberg, names.time_in_force)
    return None


def _read_amount(params: Params, kind: Kind, instrument: Instrument) -> Amount:
    quantity = params.positive("quantity", instrument.base_places)
    quote_quantity = params.positive("quoteOrderQty", instrument.quote_places)
    if quantity is None and quote_quantity is None and kind.is_plain_market:
        raise errors.mandatory_one_of("quantity", "quoteOrderQty")
    if quantity is None and not kind.is_plain_market:
        raise errors.mandatory("quantity")
    if quote_quantity is not None and quantity is not None:
        raise errors.not_required("quoteOrderQty")
    return Amount(quantity, quote_quantity)


def read_strategy_type(params: Params, name: str) -> int | None:
    """Raises -1134 for those that are not for accounts."""
    strategy_type = params.integer(name, high=STRATEGY_TYPE_MAX)
    if strategy_type is not None and strategy_type < STRATEGY_TYPE_MIN:
        raise strategy_type_too_small(name)
    return strategy_type
