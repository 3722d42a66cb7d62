"""A watched exchange for each dialect that there is."""

from collections.abc import AsyncIterator

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from hypersim.service.watch import requests
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import Stand, stand_of


@pytest.fixture(autouse=True)
def wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall's clock stands still: how fast this machine is does not matter."""
    monkeypatch.setattr(requests, "wall_ms", lambda: 1_700_000_000_000)


@pytest.fixture(params=dialect_names(DIALECTS))
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    """Speaks the dialect; nothing is asked of it that a test does not say."""
    async with stand_of(adapter_of(request.param), is_watched=True) as made:
        made.asks_after_placing = False
        yield made
