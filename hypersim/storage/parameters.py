"""What the record can be asked about."""

import re

from hypersim.market.number import TIME_MS_MAX

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")

TIME_PARAMETER = "'epoch'::timestamptz + ${}::bigint * interval '1 millisecond'"
"""The moment that a parameter in milliseconds means; exact, as in `kinds.FROM_TEXT`."""

TIME_MS_MIN = -62_135_596_800_000
"""The years 1 to 9999. Nothing in the record is older or younger, whatever is asked for."""


def time_parameter(time_ms: int) -> int:
    """The nearest time that the database can be asked about."""
    return min(max(time_ms, TIME_MS_MIN), TIME_MS_MAX)


def can_stand(argument: object) -> bool:
    """Whether the record can hold it: text without NULs and half characters, a number that fits
    into a bigint."""
    match argument:
        case str():
            return "\0" not in argument and not _HALF_CHARACTER.search(argument)
        case int():
            return -(2**63) <= argument < 2**63
        case _:
            return True
