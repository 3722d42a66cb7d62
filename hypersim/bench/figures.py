"""The figures of a run, and the bars that this project has set itself."""

import msgspec

MEMORY_ORDERS_MIN = 100_000
"""The bar for memory speaks of a server that has taken this many orders."""


class Rate(msgspec.Struct, frozen=True):
    """One load: successful answers per second, and how long they took."""

    per_second: float
    p50_ms: float
    p99_ms: float
    longest_ms: float


class Delay(msgspec.Struct, frozen=True):
    """From a feed's event to the HTTP answer that shows it."""

    p50_ms: float
    p99_ms: float
    longest_ms: float
    events: int


class Cost(msgspec.Struct, frozen=True):
    """What the orders of the main load cost. Processor time, where the kernel tells it, is per
    order, or per request of the echo; the projector's until the tables have caught up.
    `others_share` is which part of the machine's processors others used meanwhile, 0 to 1: that
    much was missing. `tables_behind_s` is how far the tables were behind the journal at most, as a
    reader sees it."""

    commits_per_second: float
    rows_per_second: float
    server_cpu_us: float | None
    postgres_cpu_us: float | None
    projector_cpu_us: float | None
    echo_cpu_us: float | None
    others_share: float | None
    tables_behind_s: float

    @property
    def cpu_us(self) -> float:
        """Of server, PostgreSQL and projector together."""
        parts = (self.server_cpu_us, self.postgres_cpu_us, self.projector_cpu_us)
        return sum(part or 0.0 for part in parts)


class BinanceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Orders over the Binance API, while so many users hear of theirs: `user_events` came, about
    every order of theirs."""

    orders_128: Rate
    echo_128: Rate
    ratio_to_echo: float
    cost: Cost
    user_streams: int
    user_events: int


class Memory(msgspec.Struct, frozen=True):
    """Resident memory, in MB, once the server had taken `orders`."""

    server_mb: float
    postgres_mb: float
    orders: int


class Integrity(msgspec.Struct, frozen=True):
    """Whether every acknowledged order is in the record. `unanswered` is how many requests at most
    were cut off when the time of a load was over: they may be there or not."""

    acknowledged: int
    unanswered: int
    recorded: int
    filled_share: float
    errors: int


class Setting(msgspec.Struct, frozen=True):
    """On what, and how, the run was made. `flush_ms` is what the disk takes to make 8 kB durable,
    the median: no order is acknowledged sooner."""

    client: str
    quick: bool
    python: str
    is_compiled: bool
    cpus: int
    synchronous_commit: str
    fsync: str
    flush_ms: float


class Figures(msgspec.Struct, frozen=True):
    """Everything that one run measured; field names are the keys of the JSON line.

    `orders_N` is with N connections; `order_queries` reads orders that are in memory,
    `archived_order_queries` ended ones that are only in the record (None if there are none yet).
    """

    setting: Setting
    orders_1: Rate
    orders_16: Rate
    orders_128: Rate
    echo_128: Rate
    ratio_to_echo: float
    cost: Cost
    order_queries: Rate
    archived_order_queries: Rate | None
    ticker_queries: Rate
    freshness_idle: Delay
    freshness_loaded: Delay
    memory: Memory
    binance: BinanceFigures
    integrity: Integrity
