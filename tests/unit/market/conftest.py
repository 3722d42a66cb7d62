"""The market is pure: neither it nor a test of it reads a clock, so no test here depends on a date,
and none has to be run under other dates than today's."""

import time
from collections.abc import Iterator

import pytest

from tests.support.clock_reads import counted


@pytest.fixture(autouse=True)
def _no_clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        reads = [counted(patch, name) for name in ("time", "time_ns")]
        yield
    assert not any(read.count for read in reads), f"{time.__name__} was read"
