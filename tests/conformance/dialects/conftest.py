"""Every card is played in every dialect that there is: a card takes `stand` or `adapter`."""

from collections.abc import AsyncIterator

import pytest

from tests.support.dialects.adapter import Adapter, adapter_of, names
from tests.support.dialects.cards import number_of
from tests.support.dialects.stand import Stand, stand_of


@pytest.fixture(params=names())
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """The client of a dialect for which the card applies."""
    found = adapter_of(request.param)
    reason = found.does_not_apply.get(number_of(request.function.__name__))
    if reason is not None:
        pytest.skip(reason)
    return found


@pytest.fixture
async def stand(adapter: Adapter) -> AsyncIterator[Stand]:
    """An exchange that speaks the dialect."""
    async with stand_of(adapter) as made:
        yield made
