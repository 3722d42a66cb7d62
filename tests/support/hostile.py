"""What no client should send and some do: as text, and as JSON."""

import json

import pytest

HUGE = "9223372036854775807"
"""The largest that a bigint holds."""

NUMBERS = (
    "0",
    "-1",
    "1",
    "32768",
    "2147483647",
    "2147483648",
    HUGE,
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "1" + 30 * "0",
    "1" + 400 * "0",
    "1e5",
    "1e400",
    "1.5",
    "0.0000000000000000000001",
    "-0",
    "+1",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
)
TIMES = (
    "-62135596800001",
    "99999999999999",
    "100000000000000",
    "253402300799999",
    "253402300800000",
    "253402300800000000",
    "8640000000000001",
)
"""Before the year 1, at the borders between milliseconds and microseconds and of the year 9999."""

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "%",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}",
    "\N{SUPERSCRIPT TWO}",
    "\N{CJK UNIFIED IDEOGRAPH-4F60}\N{PILE OF POO}",
    "x" * 5_000,
    "9" * 19,
    "null",
    "true",
    "[]",
    "[1]",
    '["BTCUSDT"]',
    '["BTCUSDT","BTCUSDT"]',
    '{"a":1}',
    "[" * 2_000,
    "'; SELECT pg_sleep(9) --",
    "BTCUSDT",
    "1M",
    "24:00",
    "-12:00",
)
HOSTILE_TEXTS = NUMBERS + TIMES + TEXTS

HOSTILE_JSON = (
    *(json.dumps(text) for text in HOSTILE_TEXTS),
    *(text for text in NUMBERS + TIMES if text.lstrip("-").replace(".", "").isdigit()),
    "1e5",
    "1e400",
    "null",
    "true",
    "[]",
    "[1]",
    "{}",
    '{"a":[null]}',
    '"\\u0000"',
    '"\\ud800"',
    '["\\ud800"]',
    "[" * 500 + "]" * 500,
)
"""Written JSON values."""

shares = pytest.mark.parametrize(
    "share", [17, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])]
)
"""Each 17th request in a hurry, all of them where there is time."""
