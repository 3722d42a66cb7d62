"""An instrument's limits as exchangeInfo shows them."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hypersim.dialects.binance.market.exchange_info import symbol_json
from hypersim.dialects.binance.market.filters import exchange_filters, filters_of
from hypersim.market.instrument import TradingStatus
from hypersim.trading.rules import AccountLimits
from tests.support.binance_desk import binance_desk
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


def test_rare_filters_are_announced_where_they_are_set() -> None:
    rare = instrument(iceberg_orders_max=3, position_max=Decimal(10), order_amends_max=7)
    by_type = {one.pop("filterType"): one for one in filters_of(rare)}
    assert by_type["MAX_NUM_ICEBERG_ORDERS"] == {"maxNumIcebergOrders": 3}
    assert by_type["MAX_POSITION"] == {"maxPosition": "10.00000000"}
    assert by_type["MAX_NUM_ORDER_AMENDS"] == {"maxNumOrderAmends": 7}
    assert next(iter(by_type)) == "PRICE_FILTER"
    assert exchange_filters(AccountLimits()) == []


LIMITS = AccountLimits(
    1_000, 200, 10_000, 20, {"USDT": Decimal(1_000_000), "BTC": Decimal(42), "JPY": Decimal(7)}
)
EXCHANGE_FILTERS = [
    {"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 1_000},
    {"filterType": "EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 200},
    {"filterType": "EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 10_000},
    {"filterType": "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20},
]


async def test_an_account_is_told_of_every_limit_that_it_has() -> None:
    async with binance_desk(limits=LIMITS) as desk:
        own = await desk.run("myFilters", symbol="BTCUSDT")
        info = await desk.run("exchangeInfo", symbol="BTCUSDT")
        assert own["exchangeFilters"] == info["exchangeFilters"] == EXCHANGE_FILTERS
        assert own["symbolFilters"] == info["symbols"][0]["filters"]
        assert own["assetFilters"] == [
            {"filterType": "MAX_ASSET", "asset": "BTC", "limit": "42.00000000"},
            {"filterType": "MAX_ASSET", "asset": "USDT", "limit": "1000000.00000000"},
        ]
        assert (await desk.run("myFilters", symbol="ETHBTC"))["assetFilters"] == [
            {"filterType": "MAX_ASSET", "asset": "BTC", "limit": "42.00000000"}
        ]


LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
SMALL = LIMIT | {"price": "40000", "quantity": "0.01"}


@pytest.mark.parametrize(
    ("name", "limits", "changes", "sent"),
    [
        ("EXCHANGE_MAX_NUM_ORDERS", AccountLimits(orders=0), {}, SMALL),
        (
            "EXCHANGE_MAX_NUM_ALGO_ORDERS",
            AccountLimits(conditional=0),
            {},
            {**SMALL, "type": "STOP_LOSS_LIMIT", "stopPrice": "60000"},
        ),
        (
            "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
            AccountLimits(icebergs=0),
            {},
            SMALL | {"icebergQty": "0.001"},
        ),
        (
            "MAX_NUM_ICEBERG_ORDERS",
            AccountLimits(),
            {"iceberg_orders_max": 0},
            SMALL | {"icebergQty": "0.001"},
        ),
        ("MAX_POSITION", AccountLimits(), {"position_max": Decimal("0.005")}, SMALL),
        (
            "MAX_POSITION",
            AccountLimits(),
            {"position_max": Decimal("0.005")},
            {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "1000"},
        ),
    ],
)
async def test_what_an_account_has_too_much_of_is_the_engine_s_refusal(
    name: str, limits: AccountLimits, changes: dict[str, Any], sent: dict[str, str]
) -> None:
    async with binance_desk(limits=limits) as desk:
        await desk.list_with("BTC/USDT", **changes)
        refused = (-2010, f"Filter failure: {name}")
        assert await desk.refusal("order.place", **sent) == refused
        assert await desk.run("order.test", **sent) == {}


@pytest.mark.parametrize("method", ["order.place", "order.test", "sor.order.place"])
async def test_too_much_of_an_asset_is_no_matter_of_the_engine(method: str) -> None:
    async with binance_desk(limits=AccountLimits(assets={"USDT": Decimal(399)})) as desk:
        assert await desk.refusal(method, **SMALL) == (-1013, "Filter failure: MAX_ASSET")
