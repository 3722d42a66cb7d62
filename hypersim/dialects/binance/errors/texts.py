"""What Binance says when it refuses: which words belong to which reason, and who says them.

The API in front of the matching engine checks an order's form against the filters (-1013); what
only the engine knows, such as balances and how many orders are open, is refused by it (-2010).
"""

from hypersim.trading.rejections import Rejection

FILTER_FAILED: dict[Rejection, str] = {
    Rejection.PRICE_OFF_TICK: "PRICE_FILTER",
    Rejection.PRICE_OUT_OF_RANGE: "PRICE_FILTER",
    Rejection.PRICE_OUT_OF_BAND: "PERCENT_PRICE_BY_SIDE",
    Rejection.QUANTITY_OFF_STEP: "LOT_SIZE",
    Rejection.QUANTITY_TOO_SMALL: "LOT_SIZE",
    Rejection.QUANTITY_TOO_LARGE: "LOT_SIZE",
    Rejection.MARKET_QUANTITY_TOO_LARGE: "MARKET_LOT_SIZE",
    Rejection.NOTIONAL_TOO_SMALL: "NOTIONAL",
    Rejection.NOTIONAL_TOO_LARGE: "NOTIONAL",
    Rejection.TOO_MANY_ICEBERG_PARTS: "ICEBERG_PARTS",
    Rejection.TRAILING_DELTA_OUT_OF_RANGE: "TRAILING_DELTA",
    Rejection.ASSET_AMOUNT_TOO_LARGE: "MAX_ASSET",
}
"""The filter that -1013 names."""

MARKET_CLOSED = "Market is closed."

MARKET_REFUSED: dict[Rejection, str] = {
    Rejection.MARKET_HALTED: MARKET_CLOSED,
    # Without a fresh price the market is closed to market orders.
    Rejection.MARKET_DATA_STALE: MARKET_CLOSED,
}
"""The text beside -1013: such an order does not get to the engine."""

COUNT_EXCEEDED: dict[Rejection, str] = {
    Rejection.TOO_MANY_OPEN_ORDERS: "MAX_NUM_ORDERS",
    Rejection.TOO_MANY_CONDITIONAL_ORDERS: "MAX_NUM_ALGO_ORDERS",
    Rejection.TOO_MANY_ICEBERG_ORDERS: "MAX_NUM_ICEBERG_ORDERS",
    Rejection.TOO_MANY_ORDER_LISTS: "MAX_NUM_ORDER_LISTS",
    Rejection.TOO_MANY_OPEN_ORDERS_IN_ALL: "EXCHANGE_MAX_NUM_ORDERS",
    Rejection.TOO_MANY_CONDITIONAL_ORDERS_IN_ALL: "EXCHANGE_MAX_NUM_ALGO_ORDERS",
    Rejection.TOO_MANY_ICEBERG_ORDERS_IN_ALL: "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
    Rejection.TOO_MANY_ORDER_LISTS_IN_ALL: "EXCHANGE_MAX_NUM_ORDER_LISTS",
    Rejection.TOO_MANY_AMENDMENTS: "MAX_NUM_ORDER_AMENDS",
    Rejection.POSITION_TOO_LARGE: "MAX_POSITION",
}
"""The filter that -2010 names: only the engine knows what is open."""

_NOT_OPEN = {
    Rejection.ORDER_NOT_FOUND: "Unknown order sent.",
    Rejection.ORDER_ALREADY_FILLED: "Unknown order sent.",
    Rejection.ORDER_ALREADY_CANCELED: "Unknown order sent.",
}

ORDER_REJECTED: dict[Rejection, str] = {
    Rejection.NO_LIQUIDITY: "Order book liquidity is less than symbol minimum quantity.",
    Rejection.TOO_LITTLE_LIQUIDITY: (
        "Order book liquidity is less than LOT_SIZE filter minimum quantity."
    ),
    Rejection.INSUFFICIENT_BALANCE: "Account has insufficient balance for requested action.",
    Rejection.WOULD_TAKE_LIQUIDITY: "Order would immediately match and take.",
    Rejection.TRIGGERS_IMMEDIATELY: "Stop price would trigger immediately.",
    Rejection.NO_PEG_PRICE: "Order book liquidity is too low for this pegged order.",
    Rejection.PAIR_PRICES_CROSSED: (
        "The relationship of the prices for the orders is not correct."
    ),
    Rejection.ICEBERG_TOO_LARGE: "IcebergQty exceeds QTY.",
    Rejection.DUPLICATE_CLIENT_LIST_ID: "Duplicate order sent.",
    Rejection.ORDER_LIST_NOT_FOUND: "Unknown order list sent.",
    Rejection.CANCEL_RESTRICTED: "Order was not canceled due to cancel restrictions.",
    Rejection.AMEND_NOT_POSSIBLE: "Order amend (quantity increase) is not supported.",
    Rejection.QUANTITY_NOT_KNOWN_YET: "Order amend (pending OPO order) is not supported.",
    Rejection.DUPLICATE_CLIENT_ORDER_ID: "Duplicate order sent.",
    **_NOT_OPEN,
    Rejection.QUANTITY_BELOW_FILLED: "Unknown order sent.",
    Rejection.NOTHING_TO_AMEND: "The requested action would change no state; rejecting.",
    Rejection.FUNDS_OUT_OF_RANGE: "This action is disabled on this account.",
}
"""The text beside -2010."""

CANCEL_REJECTED: dict[Rejection, str] = {
    **_NOT_OPEN,
    Rejection.ORDER_LIST_NOT_FOUND: "Unknown order list sent.",
    Rejection.CANCEL_RESTRICTED: "Order was not canceled due to cancel restrictions.",
    Rejection.MARKET_HALTED: MARKET_CLOSED,
}
"""The text beside -2011."""

AMEND_REJECTED: dict[Rejection, str] = {
    **_NOT_OPEN,
    Rejection.QUANTITY_BELOW_FILLED: "The requested action would change no state; rejecting.",
    Rejection.AMEND_NOT_POSSIBLE: "Order amend (quantity increase) is not supported.",
    Rejection.QUANTITY_NOT_KNOWN_YET: "Order amend (pending OPO order) is not supported.",
    Rejection.NOTHING_TO_AMEND: "The requested action would change no state; rejecting.",
    Rejection.TOO_MANY_AMENDMENTS: "Filter failure: MAX_NUM_ORDER_AMENDS",
    Rejection.DUPLICATE_CLIENT_ORDER_ID: "Duplicate order sent.",
    Rejection.MARKET_HALTED: MARKET_CLOSED,
}
"""The text beside -2038."""
