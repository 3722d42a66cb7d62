"""Errors that only requests about orders can get."""

from hypersim.dialects.binance.errors import BinanceError

CONFLICT = 409


def not_positive(name: str) -> BinanceError:
    """A quantity or price of zero: `Invalid quantity.`"""
    return BinanceError(-1013, f"Invalid {name}.")


def unsupported_combination() -> BinanceError:
    """An iceberg order that may not rest."""
    return BinanceError(-1014, "Unsupported order combination")


def strategy_type_too_small(name: str) -> BinanceError:
    """Strategy types below a million are Binance's own."""
    return BinanceError(-1134, f"{name} was less than 1000000.")


def invalid_restriction() -> BinanceError:
    """Neither ONLY_NEW nor ONLY_PARTIALLY_FILLED."""
    return BinanceError(-1145, "Invalid cancelRestrictions")


def wrong_client_order_id() -> BinanceError:
    """Both ids were sent, and they belong to different orders."""
    return BinanceError(-2039, "Client order ID is not correct for this order ID.")


def replace_failed(data: object) -> BinanceError:
    """Neither half of a cancel-replace was carried out."""
    return BinanceError(-2022, "Order cancel-replace failed.", data=data)


def replace_partly_failed(data: object, status: int = CONFLICT) -> BinanceError:
    """One half of a cancel-replace was carried out."""
    message = "Order cancel-replace partially failed."
    return BinanceError(-2021, message, status, data=data)


def no_change() -> BinanceError:
    """An amendment to what the order is already."""
    return BinanceError(-2038, "The requested action would change no state; rejecting.")


def no_increase() -> BinanceError:
    """An amendment to more than before."""
    return BinanceError(-2038, "Order amend (quantity increase) is not supported.")


def not_paid_yet() -> BinanceError:
    """An amendment of an order that gets its quantity from another one's fill."""
    return BinanceError(-2038, "Order amend (pending OPO order) is not supported.")


def no_order_to_amend() -> BinanceError:
    """Not open, or never placed."""
    return BinanceError(-2038, "Unknown order sent.")


def iceberg_must_rest(iceberg: str, time_in_force: str) -> BinanceError:
    """An iceberg leg that may not rest."""
    message = f"Parameter '{iceberg}' is not supported if '{time_in_force}' is not GTC."
    return BinanceError(-1160, message)
