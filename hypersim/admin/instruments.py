"""Instruments: list them, add or change one while the exchange runs, halt and resume it."""

import re
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response, get, post
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import asdict, replace

from hypersim.admin.bodies import instrument_body, reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid, refused
from hypersim.admin.parsing import Number, decimal_of, decode, query_of, symbol_of
from hypersim.api.services import AdminActions, Services
from hypersim.market.instrument import (
    Instrument,
    PriceBand,
    TradingStatus,
    spellings,
)
from hypersim.market.kinds import of_its_kind
from hypersim.market.number import ONE, PLACES_MAX, plain
from hypersim.service.feed import Feed, FeedUnavailable, NotOffered
from hypersim.service.transaction import Source
from hypersim.service.view import View
from hypersim.trading import fees
from hypersim.trading.commands import SetTradingStatus
from hypersim.trading.rejections import Rejected
from hypersim.trading.triggers import BASIS_POINTS

FIGURE_MAX = Decimal(10) ** 15
"""The highest price, quantity or order value that an instrument may allow: the record's numbers end
at 10^20, and what is traded adds up."""

ORDERS_MAX = 100_000
"""The highest open-order limit that an instrument may have."""

_SYMBOL = re.compile(r"([^\W_a-z]{1,20})/([^\W_a-z]{1,20})")
"""Binance lists assets in other scripts too."""

AVERAGE_MINUTES_MAX = 60
"""As many as the core keeps of a market's trades without much memory."""


class BandRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Multipliers of the reference price between which a limit price must lie."""

    bid_down: Number | UnsetType = UNSET
    bid_up: Number | UnsetType = UNSET
    ask_down: Number | UnsetType = UNSET
    ask_up: Number | UnsetType = UNSET


class InstrumentRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST /admin/instruments`. What is left out stays as it is; a new instrument has it
    from the feed's venue, or by default."""

    symbol: str
    status: TradingStatus | UnsetType = UNSET
    tick_size: Number | UnsetType = UNSET
    step_size: Number | UnsetType = UNSET
    min_price: Number | UnsetType = UNSET
    max_price: Number | UnsetType = UNSET
    min_quantity: Number | UnsetType = UNSET
    max_quantity: Number | UnsetType = UNSET
    market_max_quantity: Number | UnsetType = UNSET
    min_notional: Number | UnsetType = UNSET
    max_notional: Number | UnsetType = UNSET
    price_band: BandRequest | UnsetType = UNSET
    average_minutes: int | UnsetType = UNSET
    open_orders_max: int | UnsetType = UNSET
    algo_orders_max: int | UnsetType = UNSET
    iceberg_parts_max: int | UnsetType = UNSET
    iceberg_orders_max: int | UnsetType | None = UNSET
    order_lists_max: int | UnsetType = UNSET
    order_amends_max: int | UnsetType = UNSET
    trailing_delta_min: int | UnsetType = UNSET
    trailing_delta_max: int | UnsetType = UNSET
    position_max: Number | UnsetType = UNSET
    maker_fee_rate: Number | UnsetType = UNSET
    taker_fee_rate: Number | UnsetType = UNSET
    fee_model: str | UnsetType | None = UNSET
    base_places: int | UnsetType = UNSET
    quote_places: int | UnsetType = UNSET


class SymbolRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /admin/halt` and `POST /admin/resume`."""

    symbol: str


_instrument_decoder = msgspec.json.Decoder(InstrumentRequest)
_symbol_decoder = msgspec.json.Decoder(SymbolRequest)


def instrument_handlers(services: Services, control: AdminActions) -> list[Any]:
    """The handlers for instruments."""
    engine, view = services.engine, services.engine.view

    @get("/admin/instruments", summary="Every instrument, with all its fields")
    async def list_instruments(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply([instrument_body(instrument) for instrument in view.instruments.values()])

    @post(
        "/admin/instruments",
        status_code=200,
        summary="Add an instrument, or change one",
        operation_class=takes(InstrumentRequest),
    )
    async def put(request: AdminRequest) -> Response[bytes]:
        wanted = decode(_instrument_decoder, await request.body())
        instrument = await _instrument(services, wanted)
        is_new = instrument.symbol not in view.instruments
        await control.add_instrument(instrument)
        return reply(instrument_body(instrument), 201 if is_new else 200)

    @post(
        "/admin/halt",
        status_code=200,
        summary="Take no orders in a symbol; open ones can still be canceled",
        operation_class=takes(SymbolRequest),
    )
    async def halt(request: AdminRequest) -> Response[bytes]:
        return await change_status(request, TradingStatus.HALTED)

    @post(
        "/admin/resume",
        status_code=200,
        summary="Take orders in a symbol again",
        operation_class=takes(SymbolRequest),
    )
    async def resume(request: AdminRequest) -> Response[bytes]:
        return await change_status(request, TradingStatus.TRADING)

    async def change_status(request: AdminRequest, status: TradingStatus) -> Response[bytes]:
        wanted = decode(_symbol_decoder, await request.body())
        symbol = symbol_of(view, wanted.symbol)
        outcome = await engine.submit(SetTradingStatus(symbol, status), Source.ADMIN)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        return reply(instrument_body(view.instruments[symbol]))

    return [list_instruments, put, halt, resume]


async def _instrument(services: Services, wanted: InstrumentRequest) -> Instrument:
    """What the request asks for. Raises `AdminError`."""
    view = services.engine.view
    known = view.symbol(wanted.symbol)
    if known is not None and known == wanted.symbol:
        before = view.instruments[known]
    else:
        before = _on_grid(wanted, await _offered(services.feed, _new(view, wanted)))
    changes = {
        name: _value(name, value, before)
        for name, value in asdict(wanted).items()
        if value is not UNSET and name != "symbol"
    }
    try:
        return replace(before, **changes)
    except ValueError as error:
        raise invalid(str(error)) from None


def _new(view: View, wanted: InstrumentRequest) -> Instrument:
    """A new instrument of its kind."""
    match = _SYMBOL.fullmatch(wanted.symbol)
    if match is None:
        raise invalid(
            f"symbol must be BASE/QUOTE in capital letters and digits, such as BTC/USDT, "
            f"not {wanted.symbol[:60]!r}",
            field="symbol",
        )
    prices = {
        symbol: data.last_price
        for symbol, data in view.markets.items()
        if data.last_price is not None
    }
    new = of_its_kind(match[1], match[2], view.instruments.values(), prices)
    for spelling in spellings(new):
        if taken := view.symbol(spelling):
            message = f"Some clients would write {spelling} for {new.symbol}, and that is {taken}"
            raise AdminError(ErrorCode.SYMBOL_TAKEN, message, status=409)
    return new


async def _offered(feed: Feed, new: Instrument) -> Instrument:
    """As the feed's venue has it. Raises `AdminError`."""
    try:
        return await feed.offer(new)
    except NotOffered as error:
        raise AdminError(ErrorCode.INVALID_SYMBOL, f"Not listed: {error}") from None
    except FeedUnavailable as error:
        raise AdminError(ErrorCode.SERVICE_UNAVAILABLE, str(error), status=503) from None


def _on_grid(wanted: InstrumentRequest, new: Instrument) -> Instrument:
    """With the increments that are wanted, which are then the smallest price and quantity too; it
    stays listed from then on."""
    tick_size = _decimal("tick_size", wanted.tick_size, new.tick_size)
    step_size = _decimal("step_size", wanted.step_size, new.step_size)
    is_same_tick, is_same_step = tick_size == new.tick_size, step_size == new.step_size
    try:
        return replace(
            new,
            tick_size=tick_size,
            step_size=step_size,
            min_price=new.min_price if is_same_tick else tick_size,
            max_price=max(new.max_price, tick_size),
            min_quantity=new.min_quantity if is_same_step else step_size,
            max_quantity=max(new.max_quantity, step_size),
            is_asked_for=True,
        )
    except ValueError as error:
        raise invalid(str(error)) from None


_OPTIONAL = frozenset(("market_max_quantity", "position_max"))

_COUNT_BOUNDS = {
    "base_places": (0, PLACES_MAX),
    "quote_places": (0, PLACES_MAX),
    "average_minutes": (0, AVERAGE_MINUTES_MAX),
    "trailing_delta_min": (1, int(BASIS_POINTS) - 1),
    "trailing_delta_max": (1, int(BASIS_POINTS) - 1),
}


def _value(name: str, value: object, before: Instrument) -> object:
    match value:
        case BandRequest():
            return _band(value, before.price_band)
        case Raw() if name in _OPTIONAL and bytes(value) == b"null":
            return None
        case Raw():
            return _decimal(name, value, ONE)
        case str() if name == "fee_model" and value not in fees.names():
            known = ", ".join(fees.names())
            raise invalid(
                f"feeModel must be one of {known}, or null for the exchange's, not {value[:60]!r}",
                field="feeModel",
            )
        case int():
            low, high = _COUNT_BOUNDS.get(name, (1, ORDERS_MAX))
            if not low <= value <= high:
                raise invalid(f"{_camel(name)} must be from {low} to {high}, not {value}")
    return value


def _band(wanted: BandRequest, before: PriceBand) -> PriceBand:
    changes = {
        name: _decimal(name, value, ONE)
        for name, value in asdict(wanted).items()
        if value is not UNSET
    }
    return replace(before, **changes)


def _decimal(name: str, raw: Raw | UnsetType, default: Decimal) -> Decimal:
    if isinstance(raw, UnsetType):
        return default
    value = decimal_of(raw, _camel(name))
    if value == 0 and name not in ("min_notional", "maker_fee_rate", "taker_fee_rate", "bid_down"):
        raise invalid(f"{_camel(name)} must be above zero", field=_camel(name))
    if value > FIGURE_MAX:
        raise invalid(f"{_camel(name)} must be at most {plain(FIGURE_MAX)}", field=_camel(name))
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
