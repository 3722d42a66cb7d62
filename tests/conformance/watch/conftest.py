"""A watched exchange for each dialect that there is."""

from collections.abc import AsyncIterator

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import Stand, stand_of


@pytest.fixture(params=dialect_names(DIALECTS))
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    """Speaks the dialect."""
    async with stand_of(adapter_of(request.param), is_watched=True) as made:
        yield made
