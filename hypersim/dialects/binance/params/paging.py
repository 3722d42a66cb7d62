"""What many operations read and weigh alike."""

from collections.abc import Callable

from hypersim.dialects.binance.errors.parameters import lookup_too_long
from hypersim.dialects.binance.params.reading import Params
from hypersim.service.record import PageQuery

ROWS_DEFAULT, ROWS_MAX = 500, 1_000
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


def read_page(
    params: Params, account_id: int, symbol: str | None = None, id_name: str = "fromId"
) -> PageQuery:
    """Which rows of an account's history are asked for: from an id on, within times, and how many.
    Raises -1127."""
    from_id = params.integer(id_name)
    start_ms, end_ms = read_times(params)
    limit = params.limit(ROWS_DEFAULT, ROWS_MAX)
    return PageQuery(account_id, symbol, start_ms, end_ms, limit, from_id)


def has_times(page: PageQuery) -> bool:
    """Whether it begins or ends at a time."""
    return page.since_ms is not None or page.until_ms is not None


def one_or_many(single: int, many: int) -> Callable[[Params], int]:
    """So much for `symbol`, and so much for everything else."""
    return lambda params: single if params.peek("symbol") else many
