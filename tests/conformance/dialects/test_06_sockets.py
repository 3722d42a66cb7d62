"""What sockets hear, and who is dropped: cards 21 to 24."""

import pytest

from hypersim.api.sockets import socket
from tests.support.dialects.stand import ALICE, BOB, RESTING, Stand
from tests.support.dialects.words import Topic

OUTBOX = 20
POLICY_VIOLATION = 1008


async def test_card_21_who_reads_too_slowly_is_dropped_and_no_other(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "OUTBOX_FRAMES_MAX", OUTBOX)
    slow, quick = await stand.follow(Topic.TRADES), await stand.follow(Topic.TRADES)
    slow.peer.is_reading.clear()
    prices = [stand.price(step) for step in range(2 * OUTBOX)]
    heard = []
    for price in prices:
        await stand.move(price)
        heard += [push.trade_price for push in await quick.heard()]
    assert heard == prices
    slow.peer.is_reading.set()
    await slow.ended()
    assert slow.peer.close_code == POLICY_VIOLATION
    assert quick.peer.close_code is None


async def test_card_22_the_same_topic_twice_is_heard_once(stand: Stand) -> None:
    listener = await stand.follow(Topic.TRADES)
    await listener.follow(stand.signer(ALICE))
    await stand.move(stand.price(1))
    await stand.move(stand.price(2))
    heard = [push.trade_price for push in await listener.heard()]
    assert heard == [stand.price(1), stand.price(2)]


async def test_card_23_what_was_left_is_not_heard_until_it_is_followed_again(stand: Stand) -> None:
    listener, other = await stand.follow(Topic.TRADES), await stand.follow(Topic.TRADES)
    await listener.leave()
    await stand.move(stand.price(1))
    assert [push.trade_price for push in await other.heard()] == [stand.price(1)]
    assert await listener.heard() == []
    # A second time is no error, or one that is told.
    await listener.ask(stand.adapter.unsubscribe(Topic.TRADES))
    await listener.follow(stand.signer(ALICE))
    await stand.move(stand.price(2))
    assert [push.trade_price for push in await listener.heard()] == [stand.price(2)]


async def test_card_24_an_account_is_heard_of_by_its_owner_alone(stand: Stand) -> None:
    own, others = await stand.follow(Topic.ACCOUNT, ALICE), await stand.follow(Topic.ACCOUNT, BOB)
    await others.heard()
    placed = await stand.place(ALICE, RESTING)
    assert {push.order.id for push in await own.heard() if push.order} == {placed.id}
    assert await others.heard() == []
