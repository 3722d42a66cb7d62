"""A pytest plugin (`-p tests.support.every_date`): each test runs once under every awkward date.

The wall's clock is moved, for the tests, for what they test and for the servers that they start; it
goes on from there. `--date` names one date instead of all. A test that has not read the clock under
the first date cannot depend on it, and is not run again.
"""

import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime

import pytest

from tests.support import server
from tests.support.clock_reads import ClockReads, counted

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

_reads: list[ClockReads] = []
_without_clock: set[str] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--date", choices=DATES, help="the one date under which tests run")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Move the clocks for good where there is one date, before a server is started."""
    if date := session.config.getoption("--date"):
        _move(pytest.MonkeyPatch(), date)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    date = metafunc.config.getoption("--date")
    metafunc.parametrize("_date", [date] if date else DATES, indirect=True, scope="module")


@pytest.fixture(scope="module", autouse=True)
def _date(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each module begins at the date itself, so that its turn of a day is met."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.config.getoption("--date"):
            _move(patch, request.param)
        yield


def _move(patch: pytest.MonkeyPatch, date: str) -> None:
    moment = datetime.fromisoformat(date).replace(tzinfo=UTC)
    ahead_s = int(moment.timestamp() - time.time())
    _reads[:] = [counted(patch, name, ahead_s) for name in ("time", "time_ns")]
    patch.setattr(server, "PROGRAM", ("tests.support.moved_server", str(ahead_s)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what has not read the clock before."""
    if _name(item) in _without_clock:
        pytest.skip("reads no clock")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Note whether the test, or what it is set up with, reads the clock."""
    before = _count()
    outcome = yield
    if _count() == before:
        _without_clock.add(_name(item))
    return outcome


def _count() -> int:
    return sum(one.count for one in _reads)


def _name(item: pytest.Item) -> str:
    """The test without its date."""
    name = item.nodeid
    for date in DATES:
        name = name.replace(date, "")
    return name
