"""The text of one parameter as its value: plain ASCII digits, exact decimals, and what can be a
symbol or a word."""

import re
from decimal import Decimal

from hypersim.dialects.binance.errors import parameters as errors
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.numbers import PLACES

INTEGER_MAX = 2**63 - 1
MICROSECONDS_FROM = 10**14
"""A time from here on is in microseconds: in milliseconds it would be the year 5138."""

SYMBOL_LEGAL = r"^[\w\-._&&[^a-z]]{1,50}$"
SYMBOLS_LEGAL = r'^\[("[\w\-._&&[^a-z]]{1,50}"(,"[\w\-._&&[^a-z]]{1,50}"){0,}){0,1}\]$'
INTEGER_LEGAL = "^[0-9]{1,20}$"
DECIMAL_LEGAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
NAMES_LEGAL = r'^\[("[A-Z0-9_]{1,20}"(,"[A-Z0-9_]{1,20}"){0,}){0,1}\]$'

# Letters of any script, as the venue lists such symbols; of the small ones only the Latin are out.
SYMBOL_TEXT = re.compile(r"(?:[^\Wa-z]|[-.]){1,50}")
SYMBOLS_TEXT = re.compile(rf'\[("{SYMBOL_TEXT.pattern}"(,"{SYMBOL_TEXT.pattern}")*)?\]')
NAME_TEXT = re.compile(r"[A-Z0-9_]{1,20}", re.ASCII)
NAMES_TEXT = re.compile(r'\[("[A-Z0-9_]{1,20}"(,"[A-Z0-9_]{1,20}")*)?\]', re.ASCII)
_INTEGER = re.compile(r"[0-9]{1,20}", re.ASCII)
_DECIMAL = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)

NUMBER_MAX = Decimal(INTEGER_MAX).scaleb(-PLACES)
"""What the venue's machine words hold of prices and amounts."""


def illegal(name: str, value: str, legal: str) -> BinanceError:
    """-1105 for no text, -1100 for text that does not match `legal`."""
    return errors.illegal_characters(name, legal) if value else errors.empty(name)


def integer_of(name: str, value: str, low: int, high: int) -> int:
    """A whole number within inclusive bounds. Raises -1100, -1105 and -1130."""
    if not _INTEGER.fullmatch(value):
        raise illegal(name, value, INTEGER_LEGAL)
    number = int(value)
    if number > INTEGER_MAX:
        raise errors.overflowed(name)
    if not low <= number <= high:
        raise errors.malformed(name)
    return number


def decimal_of(name: str, value: str, places: int) -> Decimal:
    """A number in plain digits with so many decimals at most. Raises -1100, -1105, -1108, -1111."""
    match = _DECIMAL.fullmatch(value)
    if match is None:
        raise illegal(name, value, DECIMAL_LEGAL)
    decimals = match[2]
    if decimals is not None and len(decimals) > places and decimals.rstrip("0")[places:]:
        raise errors.too_precise(name)
    number = Decimal(value)
    if number > NUMBER_MAX:
        raise errors.overflowed(name)
    return number
