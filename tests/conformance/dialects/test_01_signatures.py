"""Who is let in: cards 1 to 7."""

import pytest

from tests.support.dialects.stand import (
    ALICE,
    AWAY,
    GONE,
    HERE,
    READER,
    RESTING,
    Stand,
)
from tests.support.dialects.words import Refusal, Trader

NEVER_SENT = "0"


async def assert_not_let_in(stand: Stand, trader: Trader, why: Refusal) -> None:
    """Neither to look nor to trade."""
    before = await stand.holdings(ALICE)
    for request in (
        stand.adapter.balances(stand.signer(trader)),
        stand.adapter.place(stand.signer(trader), RESTING),
        stand.adapter.cancel(stand.signer(trader), NEVER_SENT),
    ):
        answer = await stand.ask(request)
        assert stand.adapter.told(answer) == stand.adapter.refusals[why], answer
    assert await stand.holdings(ALICE) == before


async def test_card_01_a_wrong_signature(stand: Stand) -> None:
    await assert_not_let_in(stand, ALICE._replace(secret="of another"), Refusal.WRONG_SIGNATURE)


async def test_card_02_an_unknown_key(stand: Stand) -> None:
    await assert_not_let_in(stand, ALICE._replace(key="unknown"), Refusal.UNKNOWN_KEY)


async def test_card_03_a_revoked_key(stand: Stand) -> None:
    await assert_not_let_in(stand, GONE, Refusal.REVOKED_KEY)


async def test_card_04_a_key_that_may_only_look(stand: Stand) -> None:
    order = await stand.place(ALICE, RESTING)
    adapter, signer = stand.adapter, stand.signer(READER)
    for request in (adapter.place(signer, RESTING), adapter.cancel(signer, order.id)):
        answer = await stand.ask(request)
        assert adapter.told(answer) == adapter.refusals[Refusal.MISSING_PERMISSION], answer
    assert await stand.holdings(READER) == await stand.holdings(ALICE)
    assert adapter.order_of(await stand.query(READER, order.id)).id == order.id


async def test_card_05_a_key_of_another_address(stand: Stand) -> None:
    await assert_not_let_in(stand, AWAY, Refusal.FORBIDDEN_ADDRESS)
    assert await stand.holdings(HERE) == await stand.holdings(ALICE)


@pytest.mark.parametrize("clock_off_ms", [-60_001, -3_600_000])
async def test_card_06_a_request_signed_too_long_ago(stand: Stand, clock_off_ms: int) -> None:
    await assert_not_let_in(stand, ALICE._replace(clock_off_ms=clock_off_ms), Refusal.TOO_OLD)


@pytest.mark.parametrize("clock_off_ms", [60_001, 3_600_000])
async def test_card_07_a_request_signed_too_early(stand: Stand, clock_off_ms: int) -> None:
    await assert_not_let_in(stand, ALICE._replace(clock_off_ms=clock_off_ms), Refusal.TOO_EARLY)
