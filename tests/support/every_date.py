"""A pytest plugin (`-p tests.support.every_date`): each test runs once under every awkward date.

The wall's clock is moved, for the tests and for what they test; it goes on from there. A test that
has not read it under the first date cannot depend on it, and is not run again.
"""

import sys
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import pytest

DATES = (
    "2025-03-01T00:00:00",
    "2025-02-28T12:00:00",
    "2024-02-29T12:00:00",
    "2025-06-29T23:59:55",
    "2025-11-30T12:00:00",
    "2025-07-31T12:00:00",
    "2024-12-31T23:59:55",
)
"""The 1st, the 28th to 31st and 29 February, at noon and when a day, a month or a year turns."""

_READERS = ("hypersim", "tests")
_Number = TypeVar("_Number", int, float)

_reads = 0
_without_clock: set[str] = set()


@pytest.fixture(scope="module", autouse=True, params=DATES)
def _date(request: pytest.FixtureRequest) -> Iterator[None]:
    """Move the wall's clock to the date."""
    real_s, real_ns = time.time, time.time_ns
    moment = datetime.fromisoformat(request.param).replace(tzinfo=UTC)
    ahead_s = int(moment.timestamp() - real_s())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", _moved(real_s, ahead_s))
        patch.setattr(time, "time_ns", _moved(real_ns, ahead_s * 10**9))
        yield


def _moved(real: Callable[[], _Number], by: int) -> Callable[[], _Number]:
    def moved() -> _Number:
        global _reads
        _reads += sys._getframe(1).f_globals["__name__"].startswith(_READERS)
        return real() + by

    return moved


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what has not read the clock before."""
    if _name(item) in _without_clock:
        pytest.skip("reads no clock")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Note whether the test, or what it is set up with, reads the clock."""
    before = _reads
    outcome = yield
    if _reads == before:
        _without_clock.add(_name(item))
    return outcome


def _name(item: pytest.Item) -> str:
    """The test without its date."""
    name = item.nodeid
    for date in DATES:
        name = name.replace(date, "")
    return name
