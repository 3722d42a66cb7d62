"""How much of the journal is kept."""

import re

import msgspec

FOREVER = "forever"
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}
_BYTES = {"MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000}
_PART = re.compile(r"([1-9]\d{0,8})(m|h|d|MB|GB|TB)", re.ASCII)


class Keeping(msgspec.Struct, frozen=True):
    """What is older than `age_s` on the wall's clock may go, and the oldest of what takes more than
    `size` bytes as it is stored; None: however much it is."""

    age_s: int | None = None
    size: int | None = None


def keeping_of(text: str) -> Keeping:
    """From `7d,4GB`, one of both alone, or `forever`. Raises ValueError."""
    if text == FOREVER:
        return Keeping()
    age_s = size = None
    for part in text.split(","):
        found = _PART.fullmatch(part.strip())
        number, unit = (int(found[1]), found[2]) if found else (0, "")
        if unit in _SECONDS and age_s is None:
            age_s = number * _SECONDS[unit]
        elif unit in _BYTES and size is None:
            size = number * _BYTES[unit]
        else:
            raise ValueError(
                "keep_journal takes an age (m, h, d), a size (MB, GB, TB) or both, such as "
                f"7d,4GB, or {FOREVER}, not {text!r}"
            )
    return Keeping(age_s, size)
