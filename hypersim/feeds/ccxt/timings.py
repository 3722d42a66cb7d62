"""Every wait of the CCXT feed, in one place, so that tests can run it fast."""

import msgspec


class CcxtTimings(msgspec.Struct, frozen=True):
    """Every wait of the feed, in seconds of wall time."""

    open_attempts: int = 3
    open_wait_s: float = 5.0
    """An exchange that wants a longer wait before the next attempt is given up."""
    request_s: float = 10.0
    backoff_first_s: float = 1.0
    backoff_cap_s: float = 60.0
    rate_limited_s: float = 60.0
    """How long a limit without a usable Retry-After is obeyed."""
    stale_after_s: float = 10.0
    stale_check_s: float = 0.5
    minute_grace_s: float = 10.0
    """How long after its end a bar may still change."""
    books_kept_max: int = 20
    """So many markets are asked about one after the other; of more, only those looked at, where
    one question tells the best prices of all."""
    book_kept_s: float = 60.0
    """How long a book is asked for after the last look at it."""
    history_patience_s: float = 3.0
