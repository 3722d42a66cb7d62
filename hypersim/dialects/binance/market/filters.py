"""The limits of instruments, accounts and assets as Binance's filters, in the order in which it
lists them.

Clients index `filters[0]` as the PRICE_FILTER and refuse types that they do not know; those that
the venue's large markets do not have are only listed where they are set.
"""

from typing import Any

from hypersim.dialects.binance.numbers import ZEROS, digits_of, fixed
from hypersim.market.instrument import Instrument, PriceBand
from hypersim.market.number import plain
from hypersim.trading.rules import AccountLimits

Filter = dict[str, Any]


def filters_of(instrument: Instrument) -> list[Filter]:
    """All of them."""
    places = digits_of(instrument).price
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": fixed(instrument.min_price, places),
            "maxPrice": fixed(instrument.max_price, places),
            "tickSize": fixed(instrument.tick_size, places),
        },
        *_lot_sizes(instrument),
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": instrument.trailing_delta_min,
            "maxTrailingAboveDelta": instrument.trailing_delta_max,
            "minTrailingBelowDelta": instrument.trailing_delta_min,
            "maxTrailingBelowDelta": instrument.trailing_delta_max,
        },
        _price_band(instrument.price_band, instrument.average_minutes),
        _notional(instrument),
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": instrument.open_orders_max},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": instrument.order_lists_max},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": instrument.algo_orders_max},
        *_rare(instrument),
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": instrument.order_amends_max},
    ]


def exchange_filters(limits: AccountLimits) -> list[Filter]:
    """What an account may have open in all symbols together."""
    return _set(
        ("EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", limits.orders),
        ("EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", limits.conditional),
        ("EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", limits.icebergs),
        ("EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists", limits.lists),
    )


def asset_filters(limits: AccountLimits, instrument: Instrument) -> list[Filter]:
    """How much of the symbol's assets one order may trade."""
    return [
        {"filterType": "MAX_ASSET", "asset": asset, "limit": fixed(limits.assets[asset])}
        for asset in (instrument.base, instrument.quote)
        if asset in limits.assets
    ]


def _rare(instrument: Instrument) -> list[Filter]:
    icebergs, position = instrument.iceberg_orders_max, instrument.position_max
    held = None if position is None else fixed(position, digits_of(instrument).quantity)
    return _set(
        ("MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", icebergs),
        ("MAX_POSITION", "maxPosition", held),
    )


def _set(*known: tuple[str, str, object]) -> list[Filter]:
    """Those of one number that are set."""
    return [{"filterType": kind, name: most} for kind, name, most in known if most is not None]


def _lot_sizes(instrument: Instrument) -> list[Filter]:
    places = digits_of(instrument).quantity
    market_max = instrument.market_max_quantity or instrument.max_quantity
    return [
        {
            "filterType": "LOT_SIZE",
            "minQty": fixed(instrument.min_quantity, places),
            "maxQty": fixed(instrument.max_quantity, places),
            "stepSize": fixed(instrument.step_size, places),
        },
        {"filterType": "ICEBERG_PARTS", "limit": instrument.iceberg_parts_max},
        {
            "filterType": "MARKET_LOT_SIZE",
            # Zero: no rule beyond LOT_SIZE, which applies to market orders too.
            "minQty": ZEROS[places],
            "maxQty": fixed(min(market_max, instrument.max_quantity), places),
            "stepSize": ZEROS[places],
        },
    ]


def _price_band(band: PriceBand, average_minutes: int) -> Filter:
    return {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": plain(band.bid_up),
        "bidMultiplierDown": plain(band.bid_down),
        "askMultiplierUp": plain(band.ask_up),
        "askMultiplierDown": plain(band.ask_down),
        "avgPriceMins": average_minutes,
    }


def _notional(instrument: Instrument) -> Filter:
    places = digits_of(instrument).quote
    return {
        "filterType": "NOTIONAL",
        "minNotional": fixed(instrument.min_notional, places),
        "applyMinToMarket": True,
        "maxNotional": fixed(instrument.max_notional, places),
        "applyMaxToMarket": False,
        "avgPriceMins": instrument.average_minutes,
    }
