"""The parameter `timeZone`: `0`, `8`, `-1:00`, `05:45`, from -12:00 to +14:00."""

import re

from hypersim.dialects.binance.errors.parameters import malformed
from hypersim.dialects.binance.params.reading import Params
from hypersim.market.candle import HOUR_MS, MINUTE_MS

WEST_MS, EAST_MS = -12 * HOUR_MS, 14 * HOUR_MS

_ZONE = re.compile(r"([+\- ]?)(\d{1,2})(?::(\d{2}))?", re.ASCII)


def read_offset_ms(params: Params) -> int:
    """How far local time is ahead of UTC. Raises -1130."""
    text = params.take("timeZone")
    offset_ms = 0 if text is None else offset_of(text)
    if offset_ms is None:
        raise malformed("timeZone")
    return offset_ms


def offset_of(text: str) -> int | None:
    """The offset that the text spells; None when it spells none. A plus that the client did not
    encode has become a blank on the way."""
    match = _ZONE.fullmatch(text)
    if match is None:
        return None
    minutes = int(match[3] or 0)
    if minutes > 59:
        return None
    offset_ms = int(match[2]) * HOUR_MS + minutes * MINUTE_MS
    if match[1] == "-":
        offset_ms = -offset_ms
    return offset_ms if WEST_MS <= offset_ms <= EAST_MS else None
