"""Errors that only requests about order lists can get."""

from hypersim.dialects.binance.errors.general import BinanceError


def unknown_list() -> BinanceError:
    """A cancel for an order list that is not open."""
    return BinanceError(-2011, "Unknown order list sent.")


def no_such_list() -> BinanceError:
    """A query for an order list that never was."""
    return BinanceError(-2013, "Order list does not exist.")


def wrong_leg_type() -> BinanceError:
    """A type that no leg of a pair can have."""
    return BinanceError(-1158, "Order type not supported in OCO.")


def buy_limit_not_below() -> BinanceError:
    """Of a pair that buys."""
    return BinanceError(-1165, "A limit order in a buy OCO must be below.")


def sell_limit_not_above() -> BinanceError:
    """Of a pair that sells."""
    return BinanceError(-1166, "A limit order in a sell OCO must be above.")


def both_legs_limit() -> BinanceError:
    """A pair in which nothing waits for a trigger."""
    return BinanceError(-1168, "At least one OCO order must be contingent.")


def buy_stop_not_above() -> BinanceError:
    """Of a pair that buys."""
    return BinanceError(-1196, "A stop loss order in a buy OCO must be above.")


def sell_stop_not_below() -> BinanceError:
    """Of a pair that sells."""
    return BinanceError(-1197, "A stop loss order in a sell OCO must be below.")


def buy_profit_not_below() -> BinanceError:
    """Of a pair that buys."""
    return BinanceError(-1198, "A take profit order in a buy OCO must be below.")


def sell_profit_not_above() -> BinanceError:
    """Of a pair that sells."""
    return BinanceError(-1199, "A take profit order in a sell OCO must be above.")


def payer_must_buy() -> BinanceError:
    """The working order of OPO and OPOCO."""
    return BinanceError(-1222, "Working order in an OPO list must be a bid.")


def paid_must_sell() -> BinanceError:
    """The pending orders of OPO and OPOCO."""
    return BinanceError(-1223, "Pending orders in an OPO list must be asks.")


def lone_stop_limit_price() -> BinanceError:
    """A stop-limit leg of the old OCO request that does not say how long it may rest."""
    message = "Combination of optional parameters invalid. Recommendation:"
    return BinanceError(-1128, f"{message} 'stopLimitTimeInForce' should also be sent.")
