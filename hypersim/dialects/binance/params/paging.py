"""What many operations read and weigh alike."""

from collections.abc import Callable

from hypersim.dialects.binance.errors.parameters import lookup_too_long
from hypersim.dialects.binance.params.reading import Params

RANGE_HOURS_MAX = 24
HOUR_MS = 3_600_000


def read_times(params: Params) -> tuple[int | None, int | None]:
    """`startTime` and `endTime`, both inclusive. Raises -1127 when they are over a day apart."""
    start_ms, end_ms = params.time_ms("startTime"), params.time_ms("endTime")
    if start_ms is None or end_ms is None:
        return start_ms, end_ms
    if end_ms - start_ms > RANGE_HOURS_MAX * HOUR_MS:
        raise lookup_too_long(RANGE_HOURS_MAX)
    return start_ms, end_ms


def one_or_many(single: int, many: int) -> Callable[[Params], int]:
    """So much for `symbol`, and so much for everything else."""
    return lambda params: single if params.peek("symbol") else many
