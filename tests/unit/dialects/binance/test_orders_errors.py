"""What a client reads for each reason why the exchange refuses an order, a cancel, an amendment."""

import pytest

from hypersim.dialects.binance.errors.general import Request, refusal
from hypersim.trading.rejections import Rejection

UNKNOWN = "Unknown order sent."
UNCHANGED = "The requested action would change no state; rejecting."

PLACED: dict[Rejection, tuple[int, str]] = {
    Rejection.UNKNOWN_ACCOUNT: (-2015, "Invalid API-key, IP, or permissions for action."),
    Rejection.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Rejection.MARKET_HALTED: (-1013, "Market is closed."),
    Rejection.MARKET_DATA_STALE: (-1013, "Market is closed."),
    Rejection.PRICE_OFF_TICK: (-1013, "Filter failure: PRICE_FILTER"),
    Rejection.PRICE_OUT_OF_RANGE: (-1013, "Filter failure: PRICE_FILTER"),
    Rejection.PRICE_OUT_OF_BAND: (-1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    Rejection.QUANTITY_OFF_STEP: (-1013, "Filter failure: LOT_SIZE"),
    Rejection.QUANTITY_TOO_SMALL: (-1013, "Filter failure: LOT_SIZE"),
    Rejection.QUANTITY_TOO_LARGE: (-1013, "Filter failure: LOT_SIZE"),
    Rejection.MARKET_QUANTITY_TOO_LARGE: (-1013, "Filter failure: MARKET_LOT_SIZE"),
    Rejection.NOTIONAL_TOO_SMALL: (-1013, "Filter failure: NOTIONAL"),
    Rejection.NOTIONAL_TOO_LARGE: (-1013, "Filter failure: NOTIONAL"),
    Rejection.INSUFFICIENT_BALANCE: (
        -2010,
        "Account has insufficient balance for requested action.",
    ),
    Rejection.TOO_MANY_OPEN_ORDERS: (-2010, "Filter failure: MAX_NUM_ORDERS"),
    Rejection.NO_PEG_PRICE: (-2010, "Order book liquidity is too low for this pegged order."),
    Rejection.TOO_LITTLE_LIQUIDITY: (
        -2010,
        "Order book liquidity is less than LOT_SIZE filter minimum quantity.",
    ),
    Rejection.NO_LIQUIDITY: (-2010, "Order book liquidity is less than symbol minimum quantity."),
    Rejection.WOULD_TAKE_LIQUIDITY: (-2010, "Order would immediately match and take."),
    Rejection.TRIGGERS_IMMEDIATELY: (-2010, "Stop price would trigger immediately."),
    Rejection.TRAILING_DELTA_OUT_OF_RANGE: (-1013, "Filter failure: TRAILING_DELTA"),
    Rejection.TOO_MANY_CONDITIONAL_ORDERS: (-2010, "Filter failure: MAX_NUM_ALGO_ORDERS"),
    Rejection.ICEBERG_TOO_LARGE: (-2010, "IcebergQty exceeds QTY."),
    Rejection.TOO_MANY_ICEBERG_PARTS: (-1013, "Filter failure: ICEBERG_PARTS"),
    Rejection.TOO_MANY_ORDER_LISTS: (-2010, "Filter failure: MAX_NUM_ORDER_LISTS"),
    Rejection.TOO_MANY_ICEBERG_ORDERS: (-2010, "Filter failure: MAX_NUM_ICEBERG_ORDERS"),
    Rejection.TOO_MANY_OPEN_ORDERS_IN_ALL: (-2010, "Filter failure: EXCHANGE_MAX_NUM_ORDERS"),
    Rejection.TOO_MANY_CONDITIONAL_ORDERS_IN_ALL: (
        -2010,
        "Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS",
    ),
    Rejection.TOO_MANY_ICEBERG_ORDERS_IN_ALL: (
        -2010,
        "Filter failure: EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
    ),
    Rejection.TOO_MANY_ORDER_LISTS_IN_ALL: (
        -2010,
        "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS",
    ),
    Rejection.POSITION_TOO_LARGE: (-2010, "Filter failure: MAX_POSITION"),
    Rejection.ASSET_AMOUNT_TOO_LARGE: (-1013, "Filter failure: MAX_ASSET"),
    Rejection.PAIR_PRICES_CROSSED: (
        -2010,
        "The relationship of the prices for the orders is not correct.",
    ),
    Rejection.DUPLICATE_CLIENT_ORDER_ID: (-2010, "Duplicate order sent."),
    Rejection.DUPLICATE_CLIENT_LIST_ID: (-2010, "Duplicate order sent."),
    Rejection.NOT_RECORDABLE: (-1100, "Illegal characters found in a parameter."),
}
CANCELED: dict[Rejection, tuple[int, str]] = {
    Rejection.ORDER_NOT_FOUND: (-2011, UNKNOWN),
    Rejection.ORDER_ALREADY_FILLED: (-2011, UNKNOWN),
    Rejection.ORDER_ALREADY_CANCELED: (-2011, UNKNOWN),
    Rejection.ORDER_LIST_NOT_FOUND: (-2011, "Unknown order list sent."),
    Rejection.CANCEL_RESTRICTED: (-2011, "Order was not canceled due to cancel restrictions."),
    Rejection.MARKET_HALTED: (-2011, "Market is closed."),
    Rejection.OTHER_CLIENT_ORDER_ID: (-2039, "Client order ID is not correct for this order ID."),
}
AMENDED: dict[Rejection, tuple[int, str]] = {
    Rejection.ORDER_NOT_FOUND: (-2038, UNKNOWN),
    Rejection.ORDER_ALREADY_FILLED: (-2038, UNKNOWN),
    Rejection.ORDER_ALREADY_CANCELED: (-2038, UNKNOWN),
    Rejection.QUANTITY_BELOW_FILLED: (-2038, UNCHANGED),
    Rejection.NOTHING_TO_AMEND: (-2038, UNCHANGED),
    Rejection.AMEND_NOT_POSSIBLE: (-2038, "Order amend (quantity increase) is not supported."),
    Rejection.QUANTITY_NOT_KNOWN_YET: (
        -2038,
        "Order amend (pending OPO order) is not supported.",
    ),
    Rejection.OTHER_CLIENT_ORDER_ID: (-2039, "Client order ID is not correct for this order ID."),
    Rejection.DUPLICATE_CLIENT_ORDER_ID: (-2038, "Duplicate order sent."),
    Rejection.TOO_MANY_AMENDMENTS: (-2038, "Filter failure: MAX_NUM_ORDER_AMENDS"),
    Rejection.QUANTITY_OFF_STEP: (-1013, "Filter failure: LOT_SIZE"),
    Rejection.NOTIONAL_TOO_SMALL: (-1013, "Filter failure: NOTIONAL"),
}
NEVER_OF_AN_ORDER = {
    # No request of this dialect sets an end date, moves money, or makes accounts and keys.
    *(Rejection.EXPIRY_IN_THE_PAST, Rejection.FUNDS_OUT_OF_RANGE, Rejection.DUPLICATE_EMAIL),
    *(Rejection.DUPLICATE_KEY, Rejection.UNKNOWN_KEY, Rejection.TOO_MANY_KEYS),
    # The wallet's own operations have words for these.
    *(Rejection.TOO_MANY_WITHDRAWALS, Rejection.WITHDRAWALS_SUSPENDED),
    Rejection.WITHDRAWAL_NOT_FOUND,
}


@pytest.mark.parametrize(
    ("request_", "reason", "expected"),
    [
        (request, reason, expected)
        for request, table in (
            (Request.PLACE, PLACED),
            (Request.CANCEL, CANCELED),
            (Request.AMEND, AMENDED),
        )
        for reason, expected in table.items()
    ],
)
def test_a_refusal_has_binance_s_code_and_text(
    request_: Request, reason: Rejection, expected: tuple[int, str]
) -> None:
    error = refusal(reason, request_)
    assert (error.code, error.msg) == expected


def test_no_reason_is_left_out() -> None:
    known = PLACED.keys() | CANCELED.keys() | AMENDED.keys() | NEVER_OF_AN_ORDER
    assert known == set(Rejection)
