"""The same requests to the same seed get the same bytes, also when the server ends in between."""

from pathlib import Path

import pytest

from tests.conformance.time.byte_rounds import run
from tests.conformance.time.byte_session import difference, without_windows


async def test_the_same_requests_get_the_same_bytes(tmp_path: Path) -> None:
    one, other = [await run(tmp_path / name, 12) for name in ("one", "other")]
    assert len(one.answers) > 200
    assert all(one.told.values()), "each socket was told of something"
    assert {answer.status for answer in one.answers} >= {200, 201, 400, 404}
    assert not difference(one, other)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_restart_and_a_kill_in_between_change_nothing(tmp_path: Path) -> None:
    one = without_windows(await run(tmp_path / "one", 36))
    other = without_windows(await run(tmp_path / "other", 36, {12: False, 24: True}))
    assert len(one.answers) > 1_000
    assert not difference(one, other)
