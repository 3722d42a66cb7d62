"""An instrument's limits as exchangeInfo shows them."""

from decimal import Decimal

import msgspec

from hypersim.dialects.binance.market_exchange_info import symbol_json
from hypersim.dialects.binance.market_filters import filters_of
from hypersim.market.instrument import TradingStatus
from tests.support.builders import instrument

KNOWN = [
    "PRICE_FILTER",
    "LOT_SIZE",
    "ICEBERG_PARTS",
    "MARKET_LOT_SIZE",
    "TRAILING_DELTA",
    "PERCENT_PRICE_BY_SIDE",
    "NOTIONAL",
    "MAX_NUM_ORDERS",
    "MAX_NUM_ORDER_LISTS",
    "MAX_NUM_ALGO_ORDERS",
    "MAX_NUM_ORDER_AMENDS",
]


def test_filters_come_in_binance_s_order_and_are_known_to_its_clients() -> None:
    assert [one["filterType"] for one in filters_of(instrument())] == KNOWN


def test_filters_state_the_instrument_s_limits() -> None:
    by_type = {
        one["filterType"]: one
        for one in filters_of(instrument(market_max_quantity=Decimal("2000")))
    }
    assert by_type["PRICE_FILTER"] == {
        "filterType": "PRICE_FILTER",
        "minPrice": "1.00000000",
        "maxPrice": "10000.00000000",
        "tickSize": "1.00000000",
    }
    assert by_type["LOT_SIZE"]["stepSize"] == "0.10000000"
    # A market order is bound by both lot sizes, so the smaller is shown.
    assert by_type["MARKET_LOT_SIZE"]["maxQty"] == "1000.00000000"
    assert by_type["PERCENT_PRICE_BY_SIDE"] == {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": "1.2",
        "bidMultiplierDown": "0.5",
        "askMultiplierUp": "2",
        "askMultiplierDown": "0.8",
        "avgPriceMins": 5,
    }
    assert by_type["NOTIONAL"] == {
        "filterType": "NOTIONAL",
        "minNotional": "1.00000000",
        "applyMinToMarket": True,
        "maxNotional": "9000000.00000000",
        "applyMaxToMarket": False,
        "avgPriceMins": 5,
    }
    assert by_type["ICEBERG_PARTS"]["limit"] == 100
    assert by_type["MAX_NUM_ORDERS"]["maxNumOrders"] == 200


def test_a_symbol_announces_what_it_allows() -> None:
    body = msgspec.json.decode(symbol_json(instrument(), True))
    assert (body["pegInstructionsAllowed"], body["isMarginTradingAllowed"]) == (True, False)
    allowed = ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"]
    assert sorted(body["allowedSelfTradePreventionModes"]) == sorted(allowed)
    assert body["defaultSelfTradePreventionMode"] in allowed


def test_a_symbol_has_exactly_the_documented_fields() -> None:
    body = msgspec.json.decode(symbol_json(instrument(status=TradingStatus.HALTED), True))
    assert list(body) == [
        "symbol",
        "status",
        "baseAsset",
        "baseAssetPrecision",
        "quoteAsset",
        "quotePrecision",
        "quoteAssetPrecision",
        "baseCommissionPrecision",
        "quoteCommissionPrecision",
        "orderTypes",
        "icebergAllowed",
        "ocoAllowed",
        "otoAllowed",
        "opoAllowed",
        "quoteOrderQtyMarketAllowed",
        "allowTrailingStop",
        "cancelReplaceAllowed",
        "amendAllowed",
        "pegInstructionsAllowed",
        "isSpotTradingAllowed",
        "isMarginTradingAllowed",
        "filters",
        "permissions",
        "permissionSets",
        "defaultSelfTradePreventionMode",
        "allowedSelfTradePreventionModes",
    ]
    assert (body["status"], body["permissionSets"]) == ("HALT", [["SPOT"]])
    hidden = msgspec.json.decode(symbol_json(instrument(), False))
    assert (hidden["status"], hidden["permissionSets"]) == ("TRADING", [])


def test_filters_announce_what_the_instrument_has_been_given() -> None:
    changed = instrument(
        average_minutes=0, order_lists_max=3, trailing_delta_min=20, trailing_delta_max=500
    )
    by_type = {one["filterType"]: one for one in filters_of(changed)}
    for name in ("PERCENT_PRICE_BY_SIDE", "NOTIONAL"):
        assert by_type[name]["avgPriceMins"] == 0
    assert by_type["MAX_NUM_ORDER_LISTS"]["maxNumOrderLists"] == 3
    deltas = [value for name, value in by_type["TRAILING_DELTA"].items() if "Trailing" in name]
    assert deltas == [20, 500, 20, 500]


def test_the_grid_that_is_announced_can_be_written() -> None:
    fine = instrument(tick_size=Decimal("1e-10"), min_price=Decimal("1e-10"))
    body = msgspec.json.decode(symbol_json(fine, True))
    assert (body["quotePrecision"], body["quoteAssetPrecision"]) == (10, 10)
    assert body["baseAssetPrecision"] == 8
