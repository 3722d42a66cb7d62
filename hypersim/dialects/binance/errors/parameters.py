"""What is wrong with the parameters of a request: mostly the errors 11xx of Binance's errors.md."""

from hypersim.dialects.binance.errors.general import BinanceError, about, always

# One name twice in the query, or twice in the body.
duplicate_parameter = always(-1101, "Duplicate values for a parameter detected.")
mandatory = about(-1102, "Mandatory parameter '{}' was not sent, was empty/null, or malformed.")
# An optional parameter that was sent without a value.
empty = about(-1105, "Parameter '{}' was empty.")
# A known parameter where it has no place.
not_required = about(-1106, "Parameter '{}' sent when not required.")
# A number that no machine word holds.
overflowed = about(-1108, "Parameter '{}' overflowed.")
# More decimals than the asset has.
too_precise = about(-1111, "Parameter '{}' has too much precision.")
invalid_order_type = always(-1116, "Invalid orderType.")
invalid_side = always(-1117, "Invalid side.")
invalid_interval = always(-1120, "Invalid interval.")
invalid_symbol_status = always(-1122, "Invalid symbolStatus.")
# Optional parameters that exclude each other.
bad_combination = always(-1128, "Combination of optional parameters invalid.")
# The value is none that the parameter can have.
malformed = about(-1130, "Data sent for parameter '{}' is not valid.")
invalid_ticker_type = always(-1139, "Invalid ticker type.")
duplicate_symbols = always(-1151, "Symbol is present multiple times in the list.")
invalid_time_unit = always(
    -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
)
# The symbol is not in the `symbolStatus` that was asked for.
status_differs = always(-1220, "The symbol's status does not match the requested symbolStatus.")


def illegal_characters(name: str, legal: str) -> BinanceError:
    """`legal` is the regular expression, or the list, that the client is told."""
    message = f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    return BinanceError(-1100, message)


def too_many_parameters(expected: int, received: int) -> BinanceError:
    """Parameters where none are taken."""
    message = f"Too many parameters; expected '{expected}' and received '{received}'."
    return BinanceError(-1101, message)


def mandatory_one_of(first: str, second: str) -> BinanceError:
    """Neither was sent."""
    message = f"Param '{first}' or '{second}' must be sent, but both were empty/null!"
    return BinanceError(-1102, message)


def unread(read: int, sent: int) -> BinanceError:
    """Parameters that this endpoint does not know."""
    message = f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'"
    return BinanceError(-1104, f"{message}.")


def lookup_too_long(hours: int) -> BinanceError:
    """startTime and endTime too far apart."""
    return BinanceError(-1127, f"More than {hours} hours between startTime and endTime.")


def invalid_json(message: str = "Invalid JSON Request") -> BinanceError:
    """A frame that is no request."""
    return BinanceError(-1135, message)
