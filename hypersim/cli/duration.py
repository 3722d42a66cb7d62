"""Durations as commands take them: 500ms, 30s, 5m, 2h, 1d."""

import re

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d{1,15})(ms|s|m|h|d)", re.ASCII)

FORM = "a duration such as 5m (ms, s, m, h or d)"


def milliseconds(text: str) -> int | None:
    """How long that is; None for what is no duration."""
    found = _DURATION.fullmatch(text)
    return None if found is None else int(found[1]) * _UNITS_MS[found[2]]
