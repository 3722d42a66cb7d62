"""The market is pure: neither it nor a test of it reads a clock."""

import pytest


@pytest.fixture(autouse=True)
def _pure(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("no_clock")
