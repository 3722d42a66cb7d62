"""Durations as people write them: 500ms, 30s, 5m, 2h, 1d."""

import re

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d{1,12})(ms|s|m|h|d)", re.ASCII)


def duration_ms(name: str, text: str) -> int:
    """How long that is. Raises ValueError that calls it by this name."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{name} must be a duration such as 10s or 5m, not {text[:40]!r}")
    return int(found[1]) * _UNITS_MS[found[2]]
