"""A fill that the client was not told of is found, until it asks."""

from decimal import Decimal

import pytest

from tests.support.dialects.stand import ALICE, AT_MARKET, BOB, RESTING, Stand
from tests.support.dialects.words import OrderSeen
from tests.support.watched import findings, requests, verdicts

BELOW = Decimal(39_000)


async def filled(stand: Stand) -> OrderSeen:
    """Alice's order, which rested when she last heard of it."""
    order = await stand.place(ALICE, RESTING)
    await stand.move(BELOW)
    return order


async def test_who_never_asks_is_found(stand: Stand) -> None:
    order = await filled(stand)
    (found,) = await findings(stand, "fill_unseen")
    assert found["orders"] == [int(order.id)]
    assert found["requests"] == [(await requests(stand, key=ALICE.key))[0]["id"]]
    assert "0.5 of order" in found["text"]


async def test_who_asks_for_the_order_has_seen_it(stand: Stand) -> None:
    order = await filled(stand)
    await stand.query(ALICE, order.id)
    assert await verdicts(stand) == {}


async def test_the_order_as_it_was_tells_nothing(stand: Stand) -> None:
    order = await stand.place(ALICE, RESTING)
    await stand.query(ALICE, order.id)
    await stand.move(BELOW)
    await stand.holdings(ALICE)
    assert len(await findings(stand, "fill_unseen")) == 1


async def test_what_trades_at_once_is_told_by_the_answer(stand: Stand) -> None:
    # MEXC's answer to an order does not say that it traded: its client asks.
    stand.asks_after_placing = True
    await stand.place(ALICE, AT_MARKET)
    assert await verdicts(stand) == {}


async def test_somebody_else_who_asks_does_not_tell_her(stand: Stand) -> None:
    order = await filled(stand)
    await stand.query(BOB, order.id)
    assert len(await findings(stand, "fill_unseen")) == 1
    assert await findings(stand, "fill_unseen", BOB) == []


async def test_after_a_reset_there_is_no_such_fill(stand: Stand) -> None:
    await filled(stand)
    await stand.begin_again()
    assert await verdicts(stand) == {}


@pytest.mark.parametrize("path", ["clients", "requests"])
async def test_it_begins_anew(stand: Stand, path: str) -> None:
    await filled(stand)
    assert (await stand.exchange.admin.delete("/admin/clients")).json() == {"cleared": 1}
    assert (await stand.exchange.admin.get(f"/admin/{path}")).json() == {path: []}
