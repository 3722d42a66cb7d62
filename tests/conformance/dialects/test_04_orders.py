"""Whose order it is, and what it is called: cards 12 to 17."""

import re
from decimal import Decimal

from hypersim.market.number import ZERO
from tests.support.dialects.adapter import Adapter
from tests.support.dialects.stand import ALICE, AT_MARKET, BOB, RESTING, Stand, stand_of
from tests.support.dialects.words import Answer, Refusal, State, Trader
from tests.support.restartable_record import RestartableRecord


async def test_card_12_an_own_order_is_found_and_canceled(stand: Stand) -> None:
    before = await stand.holdings(ALICE)
    placed = await stand.place(ALICE, RESTING)
    free, locked = before["USDT"]
    held = Decimal("0.5") * 40_000
    assert (await stand.holdings(ALICE))["USDT"] == (free - held, locked + held)
    found = stand.adapter.order_of(await stand.query(ALICE, placed.id))
    assert (found.id, found.state, found.filled) == (placed.id, State.OPEN, ZERO)
    ended = stand.adapter.order_of(await stand.cancel(ALICE, placed.id))
    assert (ended.id, ended.state, ended.filled) == (placed.id, State.CANCELED, ZERO)
    found = stand.adapter.order_of(await stand.query(ALICE, placed.id))
    assert found.state is State.CANCELED
    assert await stand.holdings(ALICE) == before


async def assert_unknown(stand: Stand, trader: Trader, order_id: str) -> None:
    refusals = stand.adapter.refusals
    answer = await stand.query(trader, order_id)
    assert stand.adapter.told(answer) == refusals[Refusal.NO_SUCH_ORDER], answer
    answer = await stand.cancel(trader, order_id)
    assert stand.adapter.told(answer) == refusals[Refusal.NOTHING_TO_CANCEL], answer


async def test_card_13_another_accounts_order_is_unknown(stand: Stand) -> None:
    placed = await stand.place(ALICE, RESTING)
    await assert_unknown(stand, BOB, placed.id)
    assert stand.adapter.order_of(await stand.query(ALICE, placed.id)).state is State.OPEN
    # It tells no more than of an order that nobody placed.
    nobodys = f"{placed.id}0"
    theirs, unknown = await stand.query(BOB, placed.id), await stand.query(BOB, nobodys)
    assert without(placed.id, theirs) == without(nobodys, unknown)


def without(order_id: str, answer: Answer) -> str:
    return re.sub(rf"\b{order_id}\b", "", str(answer.body))


async def test_card_14_an_order_that_nobody_placed(stand: Stand) -> None:
    await assert_unknown(stand, ALICE, "987654321")


async def test_card_15_an_order_that_is_over_is_not_canceled(stand: Stand) -> None:
    placed = await stand.place(ALICE, AT_MARKET)
    assert placed.state is State.FILLED
    before = await stand.holdings(ALICE)
    answer = await stand.cancel(ALICE, placed.id)
    assert 400 <= answer.status < 500, answer
    assert stand.adapter.told(answer).code
    assert stand.adapter.order_of(await stand.query(ALICE, placed.id)).state is State.FILLED
    assert await stand.holdings(ALICE) == before


async def test_card_16_a_client_id_that_is_taken(stand: Stand) -> None:
    named = RESTING._replace(client_id="once-and-no-more")
    first = await stand.place(ALICE, named)
    before = await stand.holdings(ALICE)
    adapter = stand.adapter
    again = adapter.place(stand.signer(ALICE), named._replace(price="39000"))
    answer = await stand.ask(again)
    assert adapter.told(answer) == adapter.refusals[Refusal.DUPLICATE_CLIENT_ID], answer
    assert await stand.holdings(ALICE) == before
    # To another account it is a name as any.
    assert (await stand.place(BOB, named)).id != first.id


async def test_card_17_an_order_outlives_a_restart(adapter: Adapter) -> None:
    record = RestartableRecord()
    async with stand_of(adapter, record) as stand:
        placed = await stand.place(ALICE, RESTING)
        before = await stand.holdings(ALICE)
    async with stand_of(adapter, record) as stand:
        found = adapter.order_of(await stand.query(ALICE, placed.id))
        assert found == placed
        assert await stand.holdings(ALICE) == before
        ended = adapter.order_of(await stand.cancel(ALICE, placed.id))
        assert (ended.id, ended.state) == (placed.id, State.CANCELED)
        assert await stand.holdings(ALICE) != before
        assert (await stand.place(ALICE, RESTING)).id != placed.id
