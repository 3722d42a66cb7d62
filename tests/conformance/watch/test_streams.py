"""What a client hears on its sockets, and what it does with them."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from tests.conformance.watch.test_fills_unseen import filled
from tests.conformance.watch.test_orders_sent_again import LOST, lose
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import ALICE, READER, RESTING, Stand, stand_of
from tests.support.dialects.words import Topic
from tests.support.watched import arm, findings, requests, verdicts

POLLED = 11


@pytest.fixture(params=dialect_names(DIALECTS))
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    """Speaks a dialect that has sockets."""
    async with stand_of(adapter_of(request.param), is_watched=True) as made:
        yield made


async def test_a_fill_that_is_pushed_is_seen(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    await filled(stand)
    await listener.heard_until(lambda pushes: any(push.fill_fees for push in pushes))
    assert await verdicts(stand) == {}


async def test_a_fill_whose_push_was_lost_is_not(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    await arm(stand, {"userData": "drop"})
    order = await filled(stand)
    await listener.heard()
    (found,) = await findings(stand, "fill_unseen")
    assert found["orders"] == [int(order.id)]


async def test_another_key_that_hears_of_it_does_not_tell_this_one(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT, READER)
    await filled(stand)
    await listener.heard_until(lambda pushes: any(push.fill_fees for push in pushes))
    assert len(await findings(stand, "fill_unseen")) == 1


async def test_who_hears_of_the_first_order_may_send_another(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    await lose(stand, RESTING, LOST)
    await listener.heard_until(lambda pushes: any(push.order for push in pushes))
    await stand.place(ALICE, RESTING)
    assert await findings(stand, "double_submit") == []


async def test_who_could_not_hear_of_it_may_not(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    await arm(stand, {"userData": "drop"})
    await lose(stand, RESTING, LOST)
    await listener.heard()
    await stand.place(ALICE, RESTING)
    assert len(await findings(stand, "double_submit")) == 1


async def test_who_polls_what_it_is_streamed_is_warned(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    listener = await stand.follow(Topic.BOOK)
    for _ in range(POLLED):
        await stand.ask(stand.adapter.book())
        await stand.pass_time(1_000)
    assert await verdicts(stand) == {"polls_streamed_data": "warn"}
    (found,) = await findings(stand, "polls_streamed_data")
    assert len(found["requests"]) == POLLED
    assert found["requests"] == [one["id"] for one in await requests(stand)][-POLLED:]
    await listener.hang_up()


async def test_who_hears_nothing_of_it_may_poll(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    listener = await stand.follow(Topic.BOOK)
    await listener.leave()
    await stand.follow(Topic.TRADES)
    for _ in range(2 * POLLED):
        await stand.ask(stand.adapter.book())
    assert await verdicts(stand) == {}


async def test_who_looks_now_and_then_is_not_polling(stand: Stand) -> None:
    await stand.follow(Topic.ACCOUNT)
    for _ in range(2 * POLLED):
        await stand.holdings(ALICE)
        await stand.pass_time(10_000)
    assert await verdicts(stand) == {}


async def test_who_opens_socket_after_socket_is_found(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    for _ in range(7):
        await (await stand.follow(Topic.TRADES)).hang_up()
        await stand.pass_time(100)
    (found,) = await findings(stand, "reconnect_storm")
    assert "6 times" in found["text"]
    handshakes = [one["id"] for one in await requests(stand) if one["endpoint"] == "handshake"]
    assert found["requests"] == handshakes[:6]


async def test_who_waits_before_the_next_socket_passes(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    for _ in range(7):
        await (await stand.follow(Topic.TRADES)).hang_up()
        await stand.pass_time(1_000)
    assert await verdicts(stand) == {}


async def test_many_sockets_that_are_lost_and_opened_once_are_no_storm(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    for _ in range(2):
        listeners = [await stand.follow(Topic.TRADES) for _ in range(10)]
        for listener in listeners:
            await listener.hang_up()
    assert await verdicts(stand) == {}


async def test_the_book_moves_on_for_who_is_watched(stand: Stand) -> None:
    """Pushes of whoever is watched take another way to the socket."""
    listener = await stand.follow(Topic.BOOK)
    await stand.move(Decimal(51_000))
    await stand.pass_time(200)
    assert await listener.heard_until(bool)
