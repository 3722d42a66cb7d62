"""Every wait and limit of the Binance feed, in one place, so that tests can run it fast."""

import msgspec


class BinanceTimings(msgspec.Struct, frozen=True):
    """Seconds of wall time unless the name says otherwise.

    Weights are Binance's request weights, of which it allows 6,000 a minute. Polls may take
    `poll_weight_per_s`, snapshots and history `bulk_weight_per_s` after a first
    `bulk_weight_burst`: about a quarter of what is allowed.
    """

    open_attempt_s: float = 2.0
    open_attempts: int = 3
    request_s: float = 5.0
    backoff_first_s: float = 1.0
    backoff_cap_s: float = 60.0
    rate_limited_s: float = 60.0
    """How long a 429 without a usable Retry-After is obeyed."""
    banned_s: float = 120.0
    """How long a 418 without a usable Retry-After is obeyed: Binance's shortest ban."""
    poll_weight_per_s: float = 12.0
    bulk_weight_burst: float = 1_000.0
    bulk_weight_per_s: float = 10.0
    stream_open_s: float = 10.0
    stream_silence_s: float = 10.0
    """A socket without any frame for so long is dead."""
    stream_stable_s: float = 10.0
    """A connection that lived so long was no failure: the next one opens after the first wait."""
    reconnect_first_s: float = 1.0
    reconnect_cap_s: float = 30.0
    control_pause_s: float = 0.25
    """Between control messages; Binance drops who sends more than five a second."""
    symbol_silence_s: float = 2.0
    """A stream without news of a symbol for so long makes way for the polled quote."""
    behind_s: float = 5.0
    """A stream that lags so much more than it once did is behind: its prices are not shown."""
    first_diff_s: float = 1.0
    resync_pause_s: float = 1.0
    refresh_pause_s: float = 30.0
    """Between snapshots that a drifting price makes necessary."""
    depth_interval_s: float = 0.1
    stale_after_s: float = 10.0
    stale_check_s: float = 0.5
    minute_check_s: float = 5.0
    books_kept_max: int = 20
    """So many markets have their books followed all the time; of more, only those looked at."""
    many_polls_s: float = 5.0
    """Between polls of the quotes of many markets, which are many to read."""
    listing_s: float = 10.0
    """How long the list of all symbols may take: megabytes, where one symbol is a line."""
    book_kept_s: float = 60.0
    """How long a book is followed after the last look at it."""
    book_check_s: float = 5.0
    history_patience_s: float = 3.0
    """How long a page of history waits for a REST interface that backs off."""
