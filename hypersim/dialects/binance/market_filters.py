"""An instrument's limits as Binance's filters, in the order in which it lists them.

Clients index `filters[0]` as the PRICE_FILTER and refuse types that they do not know.
"""

from typing import Any

from hypersim.dialects.binance.text import NO_NUMBER, digits_of, fixed
from hypersim.market.instrument import Instrument, PriceBand
from hypersim.market.number import plain

ORDER_LISTS_MAX = 20
"""Open order lists of an account and symbol."""

ORDER_AMENDS_MAX = 10
"""Amendments of one order."""

TRAILING_DELTA_MIN, TRAILING_DELTA_MAX = 10, 2_000
"""Basis points."""

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
            "minTrailingAboveDelta": TRAILING_DELTA_MIN,
            "maxTrailingAboveDelta": TRAILING_DELTA_MAX,
            "minTrailingBelowDelta": TRAILING_DELTA_MIN,
            "maxTrailingBelowDelta": TRAILING_DELTA_MAX,
        },
        _price_band(instrument.price_band),
        _notional(instrument),
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": instrument.open_orders_max},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": ORDER_LISTS_MAX},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": instrument.algo_orders_max},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": ORDER_AMENDS_MAX},
    ]


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
            "minQty": NO_NUMBER,
            "maxQty": fixed(min(market_max, instrument.max_quantity), places),
            "stepSize": NO_NUMBER,
        },
    ]


def _price_band(band: PriceBand) -> Filter:
    return {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": plain(band.bid_up),
        "bidMultiplierDown": plain(band.bid_down),
        "askMultiplierUp": plain(band.ask_up),
        "askMultiplierDown": plain(band.ask_down),
        # Zero minutes: measured against the last price, not an average.
        "avgPriceMins": 0,
    }


def _notional(instrument: Instrument) -> Filter:
    return {
        "filterType": "NOTIONAL",
        "minNotional": fixed(instrument.min_notional),
        "applyMinToMarket": True,
        "maxNotional": fixed(instrument.max_notional),
        "applyMaxToMarket": True,
        "avgPriceMins": 0,
    }
