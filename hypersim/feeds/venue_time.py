"""When an event happened, given the time that a venue wrote on it."""

from hypersim.service.clock import Clock

AHEAD_MS_MAX = 5_000
"""An event from further ahead of our clock has a wrong time; it gets ours."""

EVENTS_LATE_MS = 2_000
"""How long after it happened a venue's event may come."""


def stamped(clock: Clock, venue_ms: int | None) -> int:
    """The venue's time (ms), or ours where it gives none or an impossible one."""
    now_ms = clock.now_ms()
    if venue_ms is None or venue_ms > now_ms + AHEAD_MS_MAX:
        return now_ms
    return venue_ms
