"""Too many requests: cards 26 and 27."""

from collections.abc import AsyncIterator

import pytest

from tests.support.dialects.adapter import Adapter
from tests.support.dialects.stand import ALICE, RESTING, Stand, stand_of
from tests.support.dialects.words import Refusal, Request

MINUTE_S = 60


@pytest.fixture
async def strict(adapter: Adapter) -> AsyncIterator[Stand]:
    """Counts requests, from the beginning of a minute on."""
    async with stand_of(adapter, is_limited=True) as stand:
        await stand.pass_time(MINUTE_S * 1_000 - stand.clock.now_ms() % (MINUTE_S * 1_000))
        yield stand


async def test_card_26_too_many_requests(strict: Stand) -> None:
    adapter, refusals = strict.adapter, strict.adapter.refusals
    for _ in range(adapter.requests_max):
        await strict.done(adapter.time())
    await strict.pass_time(1_500)
    answer = await strict.ask(adapter.time())
    assert adapter.told(answer) == refusals[Refusal.TOO_MANY_REQUESTS], answer
    wait_s = adapter.wait_s(answer)
    assert 1 <= wait_s < MINUTE_S
    await strict.pass_time(wait_s * 1_000 - 1_000)
    answer = await strict.ask(adapter.time())
    assert adapter.told(answer) == refusals[Refusal.TOO_MANY_REQUESTS], answer
    await strict.pass_time(1_000)
    await strict.done(adapter.time())


async def test_card_27_what_is_refused_for_its_number_is_not_done(strict: Stand) -> None:
    adapter = strict.adapter
    request: Request = adapter.place(strict.signer(ALICE), RESTING)
    for _ in range(adapter.requests_max):
        await strict.ask(adapter.time())
    answer = await strict.ask(request)
    while answer.status < 300:
        # Whoever signs may be counted apart from others.
        answer = await strict.ask(adapter.place(strict.signer(ALICE), RESTING))
    assert adapter.told(answer) == adapter.refusals[Refusal.TOO_MANY_REQUESTS], answer
    open_before = len(strict.exchange.engine.view.open_orders(1))
    await strict.pass_time(MINUTE_S * 1_000)
    assert len(strict.exchange.engine.view.open_orders(1)) == open_before <= adapter.requests_max
