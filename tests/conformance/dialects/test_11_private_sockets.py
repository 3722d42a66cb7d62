"""On whose authority a socket hears of an account: cards 32 and 33."""

import pytest

from hypersim.trading.account_commands import RevokeKey
from tests.support.dialects.stand import ALICE, AWAY, GONE, HERE, RESTING, Stand
from tests.support.dialects.words import Topic, Trader

STRANGERS = {
    "wrong secret": ALICE._replace(secret="of another"),
    "unknown": ALICE._replace(key="unknown"),
    "revoked": GONE,
    "from elsewhere": AWAY,
    "too late": ALICE._replace(clock_off_ms=-60_001),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
async def test_card_32_who_is_not_let_in_hears_of_no_account(
    stand: Stand, stranger: Trader
) -> None:
    listener = stand.listener(Topic.ACCOUNT)
    answers = [
        await listener.ask(message)
        for message in stand.adapter.subscribe(Topic.ACCOUNT, stand.signer(stranger))
    ]
    assert any(map(stand.adapter.is_refusal, answers)), answers
    await stand.place(ALICE, RESTING)
    assert await listener.heard() == []
    # The socket is as good as before for who may.
    await listener.follow(stand.signer(ALICE))
    placed = await stand.place(ALICE, RESTING)
    assert {push.order.id for push in await listener.heard() if push.order} == {placed.id}


async def test_card_33_a_key_that_is_revoked_is_heard_under_no_more(stand: Stand) -> None:
    ending, staying = await stand.follow(Topic.ACCOUNT, HERE), await stand.follow(Topic.ACCOUNT)
    await ending.heard()
    await stand.exchange.done(RevokeKey(HERE.key))
    placed = await stand.place(ALICE, RESTING)
    assert not any(push.order or push.holdings for push in await ending.heard())
    assert {push.order.id for push in await staying.heard() if push.order} == {placed.id}
