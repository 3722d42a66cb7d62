"""What is wrong with the parameters of a request: mostly the errors 11xx of Binance's errors.md."""

from hypersim.dialects.binance.errors.general import BinanceError


def illegal_characters(name: str, legal: str) -> BinanceError:
    """`legal` is the regular expression, or the list, that the client is told."""
    message = f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    return BinanceError(-1100, message)


def too_many_parameters(expected: int, received: int) -> BinanceError:
    """Parameters where none are taken."""
    message = f"Too many parameters; expected '{expected}' and received '{received}'."
    return BinanceError(-1101, message)


def duplicate_parameter() -> BinanceError:
    """One name twice in the query, or twice in the body."""
    return BinanceError(-1101, "Duplicate values for a parameter detected.")


def mandatory(name: str) -> BinanceError:
    """Missing or empty."""
    message = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return BinanceError(-1102, message)


def mandatory_one_of(first: str, second: str) -> BinanceError:
    """Neither was sent."""
    message = f"Param '{first}' or '{second}' must be sent, but both were empty/null!"
    return BinanceError(-1102, message)


def unread(read: int, sent: int) -> BinanceError:
    """Parameters that this endpoint does not know."""
    message = f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'"
    return BinanceError(-1104, f"{message}.")


def empty(name: str) -> BinanceError:
    """An optional parameter that was sent without a value."""
    return BinanceError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> BinanceError:
    """A known parameter where it has no place."""
    return BinanceError(-1106, f"Parameter '{name}' sent when not required.")


def overflowed(name: str) -> BinanceError:
    """A number that no machine word holds."""
    return BinanceError(-1108, f"Parameter '{name}' overflowed.")


def too_precise(name: str) -> BinanceError:
    """More decimals than the asset has."""
    return BinanceError(-1111, f"Parameter '{name}' has too much precision.")


def invalid_order_type() -> BinanceError:
    """No known `type`."""
    return BinanceError(-1116, "Invalid orderType.")


def invalid_side() -> BinanceError:
    """Neither BUY nor SELL."""
    return BinanceError(-1117, "Invalid side.")


def invalid_interval() -> BinanceError:
    """No known candle length."""
    return BinanceError(-1120, "Invalid interval.")


def invalid_symbol_status() -> BinanceError:
    """None of TRADING, HALT, BREAK."""
    return BinanceError(-1122, "Invalid symbolStatus.")


def lookup_too_long(hours: int) -> BinanceError:
    """startTime and endTime too far apart."""
    return BinanceError(-1127, f"More than {hours} hours between startTime and endTime.")


def bad_combination() -> BinanceError:
    """Optional parameters that exclude each other."""
    return BinanceError(-1128, "Combination of optional parameters invalid.")


def missing_partner(first: str, second: str) -> BinanceError:
    """Optional parameters that go together."""
    message = "Combination of optional fields invalid. Recommendation:"
    return BinanceError(-1128, f"{message} '{first}' and '{second}' must both be sent.")


def malformed(name: str) -> BinanceError:
    """The value is none that the parameter can have."""
    return BinanceError(-1130, f"Data sent for parameter '{name}' is not valid.")


def invalid_json(message: str = "Invalid JSON Request") -> BinanceError:
    """A frame that is no request."""
    return BinanceError(-1135, message)


def invalid_ticker_type() -> BinanceError:
    """Neither FULL nor MINI."""
    return BinanceError(-1139, "Invalid ticker type.")


def duplicate_symbols() -> BinanceError:
    """A symbol twice in `symbols`."""
    return BinanceError(-1151, "Symbol is present multiple times in the list.")


def invalid_time_unit() -> BinanceError:
    """Neither MICROSECOND nor MILLISECOND."""
    message = "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
    return BinanceError(-1194, message)


def status_differs() -> BinanceError:
    """The symbol is not in the `symbolStatus` that was asked for."""
    message = "The symbol's status does not match the requested symbolStatus."
    return BinanceError(-1220, message)
