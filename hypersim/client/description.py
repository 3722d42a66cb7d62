"""What the exchange is and can do, as `Exchange.describe()` wants it."""

from typing import Any

from ccxt.base.decimal_to_precision import TICK_SIZE

from hypersim.client.errors import EXACT

DEFAULT_URL = "http://127.0.0.1:8080"
ROWS_MAX = 10_000
"""Rows of one answer of the native API."""

TIMEFRAMES = (
    *("1m", "3m", "5m", "15m", "30m"),
    *("1h", "2h", "4h", "6h", "8h", "12h"),
    *("1d", "3d", "1w", "1M"),
)

API = {
    "public": {
        "get": [
            "ping",
            "time",
            "markets",
            "tickers",
            "ticker/{symbol}",
            "trades/{symbol}",
            "depth/{symbol}",
            "klines/{symbol}",
        ],
        "post": ["register", "login"],
    },
    "private": {
        "get": [
            "balance",
            "ledger",
            "fees",
            "orders",
            "orders/open",
            "orders/closed",
            "order/{id}",
            "myTrades",
            "keys",
        ],
        "post": ["order", "keys"],
        "put": ["order/{id}"],
        "delete": ["order/{id}", "orders/open", "keys/{name}"],
    },
}

_HAS = (
    "spot",
    *("fetchTime", "fetchStatus", "fetchMarkets", "fetchCurrencies"),
    *("fetchTicker", "fetchTickers", "fetchBidsAsks", "fetchLastPrices"),
    *("fetchOrderBook", "fetchL2OrderBook", "fetchTrades", "fetchOHLCV"),
    *("fetchBalance", "fetchLedger", "fetchTradingFee", "fetchTradingFees"),
    *("fetchOrder", "fetchOrderWithClientOrderId", "fetchOrders", "fetchOpenOrders"),
    *("fetchClosedOrders", "fetchCanceledOrders", "fetchCanceledAndClosedOrders"),
    *("fetchMyTrades", "fetchOrderTrades"),
    *("createOrder", "createLimitOrder", "createLimitBuyOrder", "createLimitSellOrder"),
    *("createMarketOrder", "createMarketBuyOrder", "createMarketSellOrder"),
    *("createMarketOrderWithCost", "createMarketBuyOrderWithCost"),
    *("createMarketSellOrderWithCost", "createPostOnlyOrder"),
    *("editOrder", "editOrderWithClientOrderId"),
    *("cancelOrder", "cancelOrderWithClientOrderId", "cancelAllOrders"),
)
_HAS_NOT = (
    "CORS",
    "margin",
    "swap",
    "future",
    "option",
    "index",
    "sandbox",
    "ws",
    "fetchCurrenciesWs",
)

HAS_STREAMS = (
    "ws",
    *("watchTicker", "watchTickers", "watchBidsAsks"),
    *("watchOrderBook", "watchOrderBookForSymbols"),
    *("watchTrades", "watchTradesForSymbols", "watchOHLCV", "watchOHLCVForSymbols"),
    *("watchBalance", "watchOrders", "watchMyTrades"),
    *("unWatchTicker", "unWatchTickers", "unWatchBidsAsks"),
    *("unWatchOrderBook", "unWatchOrderBookForSymbols"),
    *("unWatchTrades", "unWatchTradesForSymbols", "unWatchOHLCV", "unWatchOHLCVForSymbols"),
    *("unWatchOrders", "unWatchMyTrades"),
)

_ONE_ORDER = {"marginMode": False, "trigger": False, "trailing": False, "symbolRequired": False}
_ALL_DAYS = 100_000
_PAST = {"daysBack": _ALL_DAYS, "untilDays": _ALL_DAYS}
_FEATURES = {
    "spot": {
        "sandbox": False,
        "createOrder": {
            "marginMode": False,
            "triggerPrice": False,
            "triggerPriceType": None,
            "triggerDirection": False,
            "stopLossPrice": False,
            "takeProfitPrice": False,
            "attachedStopLossTakeProfit": None,
            "timeInForce": {"GTC": True, "IOC": True, "FOK": True, "PO": True, "GTD": True},
            "hedged": False,
            "trailing": False,
            "leverage": False,
            "marketBuyByCost": True,
            "marketBuyRequiresPrice": False,
            "selfTradePrevention": False,
            "iceberg": False,
        },
        "createOrders": None,
        "fetchMyTrades": {
            "marginMode": False,
            "limit": ROWS_MAX,
            "symbolRequired": False,
            **_PAST,
        },
        "fetchOrder": _ONE_ORDER,
        "fetchOpenOrders": {**_ONE_ORDER, "limit": ROWS_MAX},
        "fetchOrders": {**_ONE_ORDER, "limit": ROWS_MAX, **_PAST},
        "fetchClosedOrders": {
            **_ONE_ORDER,
            "limit": ROWS_MAX,
            "daysBackCanceled": _ALL_DAYS,
            **_PAST,
        },
        "fetchOHLCV": {"limit": ROWS_MAX},
    },
}

DESCRIPTION: dict[str, Any] = {
    "id": "hypersim",
    "name": "hypersim",
    "countries": [],
    "version": "v1",
    # In ms: the server takes 1,000 requests a second from one client.
    "rateLimit": 1,
    "pro": True,
    "has": {**dict.fromkeys(_HAS, True), **dict.fromkeys(_HAS_NOT, False)},
    "timeframes": {timeframe: timeframe for timeframe in TIMEFRAMES},
    "urls": {"api": DEFAULT_URL, "www": DEFAULT_URL, "doc": DEFAULT_URL + "/schema"},
    "api": {
        section: {method: dict.fromkeys(paths, 1) for method, paths in methods.items()}
        for section, methods in API.items()
    },
    "requiredCredentials": {"apiKey": True, "secret": True},
    "precisionMode": TICK_SIZE,
    "exceptions": {"exact": EXACT, "broad": {}},
    "features": _FEATURES,
    "options": {"timeDifference": 0, "adjustForTimeDifference": False},
}
