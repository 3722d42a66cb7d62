"""An exchange for each dialect that there is."""

from collections.abc import AsyncIterator

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from tests.conformance.faults.roads import NO_WEBSOCKET_API, Road
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import Stand, stand_of


@pytest.fixture(params=dialect_names(DIALECTS))
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    """Speaks the dialect."""
    async with stand_of(adapter_of(request.param)) as made:
        yield made


@pytest.fixture(params=[Road.REST, Road.WEBSOCKET_API])
def road(request: pytest.FixtureRequest, stand: Stand) -> Road:
    """How requests come."""
    name = stand.adapter.dialect.name
    if request.param is Road.WEBSOCKET_API and name in NO_WEBSOCKET_API:
        pytest.skip(NO_WEBSOCKET_API[name])
    chosen: Road = request.param
    return chosen
