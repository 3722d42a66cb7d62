"""Errors that only requests about orders and order lists can get."""

from hypersim.dialects.binance.errors.general import BinanceError, about, always

CONFLICT = 409

# A quantity or price of zero: `Invalid quantity.`
not_positive = about(-1013, "Invalid {}.")
# An iceberg order that may not rest.
unsupported_combination = always(-1014, "Unsupported order combination")
# Strategy types below a million are Binance's own.
strategy_type_too_small = about(-1134, "{} was less than 1000000.")
# Neither ONLY_NEW nor ONLY_PARTIALLY_FILLED.
invalid_restriction = always(-1145, "Invalid cancelRestrictions")

# A cancel for an order list that is not open.
unknown_list = always(-2011, "Unknown order list sent.")
# A query for an order list that never was.
no_such_list = always(-2013, "Order list does not exist.")
# A type that no leg of a pair can have.
wrong_leg_type = always(-1158, "Order type not supported in OCO.")
# A pair in which nothing waits for a trigger.
both_legs_limit = always(-1168, "At least one OCO order must be contingent.")
buy_limit_not_below = always(-1165, "A limit order in a buy OCO must be below.")
sell_limit_not_above = always(-1166, "A limit order in a sell OCO must be above.")
buy_stop_not_above = always(-1196, "A stop loss order in a buy OCO must be above.")
sell_stop_not_below = always(-1197, "A stop loss order in a sell OCO must be below.")
buy_profit_not_below = always(-1198, "A take profit order in a buy OCO must be below.")
sell_profit_not_above = always(-1199, "A take profit order in a sell OCO must be above.")
# OPO and OPOCO sell what they bought.
payer_must_buy = always(-1222, "Working order in an OPO list must be a bid.")
paid_must_sell = always(-1223, "Pending orders in an OPO list must be asks.")
# A stop-limit leg of the old OCO request that does not say how long it may rest.
lone_stop_limit_price = always(
    -1128,
    "Combination of optional parameters invalid. Recommendation: 'stopLimitTimeInForce' should "
    "also be sent.",
)


def replace_failed(data: object) -> BinanceError:
    """Neither half of a cancel-replace was carried out."""
    return BinanceError(-2022, "Order cancel-replace failed.", data=data)


def replace_partly_failed(data: object, status: int = CONFLICT) -> BinanceError:
    """One half of a cancel-replace was carried out."""
    return BinanceError(-2021, "Order cancel-replace partially failed.", status, data=data)


def iceberg_must_rest(iceberg: str, time_in_force: str) -> BinanceError:
    """An iceberg leg that may not rest."""
    message = f"Parameter '{iceberg}' is not supported if '{time_in_force}' is not GTC."
    return BinanceError(-1160, message)
