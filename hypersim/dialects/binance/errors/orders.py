"""Errors that only requests about orders can get."""

from hypersim.dialects.binance.errors.general import BinanceError

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


def replace_failed(data: object) -> BinanceError:
    """Neither half of a cancel-replace was carried out."""
    return BinanceError(-2022, "Order cancel-replace failed.", data=data)


def replace_partly_failed(data: object, status: int = CONFLICT) -> BinanceError:
    """One half of a cancel-replace was carried out."""
    message = "Order cancel-replace partially failed."
    return BinanceError(-2021, message, status, data=data)


def iceberg_must_rest(iceberg: str, time_in_force: str) -> BinanceError:
    """An iceberg leg that may not rest."""
    message = f"Parameter '{iceberg}' is not supported if '{time_in_force}' is not GTC."
    return BinanceError(-1160, message)
