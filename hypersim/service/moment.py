"""A moment as people and programs write it."""

from datetime import UTC, datetime, timedelta

from hypersim.market.number import TIME_MS_MAX

_EPOCH = datetime.fromtimestamp(0, UTC)


def moment_in_ms(text: str) -> int | None:
    """A time in ms, or in ISO 8601 with Z or an offset; None for what is neither. What is later
    than any time of the record is the latest one."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(TIME_MS_MAX)):
        return min(int(text), TIME_MS_MAX)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or "T" not in text or moment < _EPOCH:
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1)
