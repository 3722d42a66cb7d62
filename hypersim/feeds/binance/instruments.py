"""exchangeInfo in our words: which of the wanted instruments Binance lists, with its filters."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec

from hypersim.feeds.binance.exchange_info import Filter, SymbolInfo
from hypersim.market.instrument import Instrument, PriceBand, TradingStatus
from hypersim.market.number import parse_decimal


class Listing(msgspec.Struct, frozen=True):
    """The instruments that can be served, and (symbol, reason) of each that cannot."""

    instruments: tuple[Instrument, ...]
    left_out: tuple[tuple[str, str], ...]


def list_instruments(wanted: Iterable[Instrument], venue: Mapping[str, SymbolInfo]) -> Listing:
    """The wanted instruments in their order, with the venue's filters and status."""
    listed: list[Instrument] = []
    left_out: list[tuple[str, str]] = []
    for ours in wanted:
        info = venue.get(ours.id)
        if info is None or (info.base_asset, info.quote_asset) != (ours.base, ours.quote):
            left_out.append((ours.symbol, "Binance does not list it"))
            continue
        try:
            listed.append(instrument_from(info, ours))
        except ValueError as error:
            left_out.append((ours.symbol, f"its filters cannot be used ({error})"))
    return Listing(tuple(listed), tuple(left_out))


def instrument_from(info: SymbolInfo, ours: Instrument) -> Instrument:
    """`ours` with the venue's filters; where it has none, or zero for none, ours stay.

    ValueError when they contradict each other or are no numbers.
    """
    filters = {one.filter_type: one for one in info.filters}
    price = filters.get("PRICE_FILTER", _NO_FILTER)
    lot = filters.get("LOT_SIZE", _NO_FILTER)
    market_lot = filters.get("MARKET_LOT_SIZE", _NO_FILTER)
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or _NO_FILTER
    orders = filters.get("MAX_NUM_ORDERS", _NO_FILTER)
    algo = filters.get("MAX_NUM_ALGO_ORDERS", _NO_FILTER)
    parts = filters.get("ICEBERG_PARTS", _NO_FILTER)
    icebergs = filters.get("MAX_NUM_ICEBERG_ORDERS", _NO_FILTER)
    lists = filters.get("MAX_NUM_ORDER_LISTS", _NO_FILTER)
    amends = filters.get("MAX_NUM_ORDER_AMENDS", _NO_FILTER)
    position = filters.get("MAX_POSITION", _NO_FILTER)
    trailing = filters.get("TRAILING_DELTA", _NO_FILTER)
    is_open = info.is_open and ours.status is TradingStatus.TRADING
    return msgspec.structs.replace(
        ours,
        tick_size=_or(price.tick_size, ours.tick_size),
        min_price=_or(price.min_price, ours.min_price),
        max_price=_or(price.max_price, ours.max_price),
        step_size=_or(lot.step_size, ours.step_size),
        min_quantity=_or(lot.min_qty, ours.min_quantity),
        max_quantity=_or(lot.max_qty, ours.max_quantity),
        market_max_quantity=_or(market_lot.max_qty, ours.market_max_quantity),
        min_notional=_or(notional.min_notional, ours.min_notional),
        max_notional=_or(notional.max_notional, ours.max_notional),
        price_band=_band(filters, ours.price_band),
        average_minutes=_minutes(notional.avg_price_mins, ours.average_minutes),
        open_orders_max=orders.max_num_orders or ours.open_orders_max,
        algo_orders_max=algo.max_num_algo_orders or ours.algo_orders_max,
        iceberg_parts_max=int(parts.limit or ours.iceberg_parts_max),
        iceberg_orders_max=icebergs.max_num_iceberg_orders or ours.iceberg_orders_max,
        order_lists_max=lists.max_num_order_lists or ours.order_lists_max,
        order_amends_max=amends.max_num_order_amends or ours.order_amends_max,
        position_max=_or(position.max_position, ours.position_max),
        trailing_delta_min=trailing.min_trailing_above_delta or ours.trailing_delta_min,
        trailing_delta_max=trailing.max_trailing_above_delta or ours.trailing_delta_max,
        base_places=info.base_asset_precision,
        quote_places=info.quote_asset_precision,
        status=TradingStatus.TRADING if is_open else TradingStatus.HALTED,
    )


_NO_FILTER = Filter("")
_Ours = TypeVar("_Ours", Decimal, Decimal | None)


def _or(text: str | None, ours: _Ours) -> Decimal | _Ours:
    number = parse_decimal(text) if text is not None else None
    return number or ours


def _minutes(told: int | None, ours: int) -> int:
    return ours if told is None else told


def _band(filters: Mapping[str, Filter], ours: PriceBand) -> PriceBand:
    by_side = filters.get("PERCENT_PRICE_BY_SIDE", _NO_FILTER)
    both = filters.get("PERCENT_PRICE", _NO_FILTER)
    return PriceBand(
        bid_down=_or(by_side.bid_multiplier_down or both.multiplier_down, ours.bid_down),
        bid_up=_or(by_side.bid_multiplier_up or both.multiplier_up, ours.bid_up),
        ask_down=_or(by_side.ask_multiplier_down or both.multiplier_down, ours.ask_down),
        ask_up=_or(by_side.ask_multiplier_up or both.multiplier_up, ours.ask_up),
    )
