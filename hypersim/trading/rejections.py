"""Why a command can be refused: a closed set of values that every dialect maps to its own words."""

from enum import StrEnum

import msgspec


class Rejection(StrEnum):
    """The reason, in exchange-neutral words."""

    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_SYMBOL = "unknown_symbol"
    MARKET_HALTED = "market_halted"
    MARKET_DATA_STALE = "market_data_stale"
    PRICE_OFF_TICK = "price_off_tick"
    PRICE_OUT_OF_RANGE = "price_out_of_range"
    PRICE_OUT_OF_BAND = "price_out_of_band"
    QUANTITY_OFF_STEP = "quantity_off_step"
    QUANTITY_TOO_SMALL = "quantity_too_small"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    MARKET_QUANTITY_TOO_LARGE = "market_quantity_too_large"
    QUANTITY_BELOW_FILLED = "quantity_below_filled"
    NOTIONAL_TOO_SMALL = "notional_too_small"
    NOTIONAL_TOO_LARGE = "notional_too_large"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    TOO_LITTLE_LIQUIDITY = "too_little_liquidity"
    NO_LIQUIDITY = "no_liquidity"
    TOO_MANY_OPEN_ORDERS = "too_many_open_orders"
    WOULD_TAKE_LIQUIDITY = "would_take_liquidity"
    TRIGGERS_IMMEDIATELY = "triggers_immediately"
    TRAILING_DELTA_OUT_OF_RANGE = "trailing_delta_out_of_range"
    TOO_MANY_CONDITIONAL_ORDERS = "too_many_conditional_orders"
    ICEBERG_TOO_LARGE = "iceberg_too_large"
    TOO_MANY_ICEBERG_PARTS = "too_many_iceberg_parts"
    TOO_MANY_ICEBERG_ORDERS = "too_many_iceberg_orders"
    TOO_MANY_ORDER_LISTS = "too_many_order_lists"
    TOO_MANY_OPEN_ORDERS_IN_ALL = "too_many_open_orders_in_all"
    TOO_MANY_CONDITIONAL_ORDERS_IN_ALL = "too_many_conditional_orders_in_all"
    TOO_MANY_ICEBERG_ORDERS_IN_ALL = "too_many_iceberg_orders_in_all"
    TOO_MANY_ORDER_LISTS_IN_ALL = "too_many_order_lists_in_all"
    TOO_MANY_AMENDMENTS = "too_many_amendments"
    POSITION_TOO_LARGE = "position_too_large"
    ASSET_AMOUNT_TOO_LARGE = "asset_amount_too_large"
    NO_PEG_PRICE = "no_peg_price"
    PAIR_PRICES_CROSSED = "pair_prices_crossed"
    DUPLICATE_CLIENT_LIST_ID = "duplicate_client_list_id"
    ORDER_LIST_NOT_FOUND = "order_list_not_found"
    CANCEL_RESTRICTED = "cancel_restricted"
    AMEND_NOT_POSSIBLE = "amend_not_possible"
    QUANTITY_NOT_KNOWN_YET = "quantity_not_known_yet"
    EXPIRY_IN_THE_PAST = "expiry_in_the_past"
    DUPLICATE_CLIENT_ORDER_ID = "duplicate_client_order_id"
    ORDER_NOT_FOUND = "order_not_found"
    OTHER_CLIENT_ORDER_ID = "other_client_order_id"
    ORDER_ALREADY_FILLED = "order_already_filled"
    ORDER_ALREADY_CANCELED = "order_already_canceled"
    NOTHING_TO_AMEND = "nothing_to_amend"
    TOO_MANY_WITHDRAWALS = "too_many_withdrawals"
    WITHDRAWALS_SUSPENDED = "withdrawals_suspended"
    WITHDRAWAL_NOT_FOUND = "withdrawal_not_found"
    FUNDS_OUT_OF_RANGE = "funds_out_of_range"
    DUPLICATE_EMAIL = "duplicate_email"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_KEY = "unknown_key"
    TOO_MANY_KEYS = "too_many_keys"
    NOT_RECORDABLE = "not_recordable"


class Rejected(msgspec.Struct, frozen=True):
    """A refused command: nothing changed. `message` says what was wrong and what was expected;
    `details` holds the figures as plain text."""

    reason: Rejection
    message: str
    details: dict[str, str] = {}
    order_id: int | None = None
