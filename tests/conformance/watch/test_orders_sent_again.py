"""An order whose answer was lost must not be sent again before somebody asks for it."""

import asyncio
import contextlib
from typing import Any

import pytest

from tests.support.asgi_peer import DEADLINE_S
from tests.support.dialects.stand import ALICE, AT_MARKET, BOB, RESTING, Stand
from tests.support.dialects.words import Trader, Wanted
from tests.support.watched import arm, findings, requests, verdicts

WITHHELD: list[dict[str, Any]] = [
    {"dropAfter": True},
    {"unknownOutcome": True},
    {"garbage": "cut"},
]
LOST = {"dropAfter": True}


async def lose(stand: Stand, wanted: Wanted, do: dict[str, Any], trader: Trader = ALICE) -> None:
    """An order is taken, and nobody is told."""
    await arm(stand, do, times=1, method="POST")
    with contextlib.suppress(ConnectionError, ValueError):
        await stand.ask(stand.adapter.place(stand.signer(trader), wanted))


def last_order(stand: Stand) -> str:
    """The id of the order that was taken last."""
    return str(stand.exchange.engine.view.counters.order_id)


async def is_taken(stand: Stand) -> None:
    """Return once any order was."""
    async with asyncio.timeout(DEADLINE_S):
        while last_order(stand) == "0":  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


@pytest.mark.parametrize("do", WITHHELD, ids=str)
@pytest.mark.parametrize("wanted", [RESTING, AT_MARKET], ids=["rests", "executed"])
async def test_who_sends_it_again_is_found(stand: Stand, do: Any, wanted: Wanted) -> None:
    await lose(stand, wanted._replace(client_id="one"), do)
    second = await stand.place(ALICE, wanted._replace(client_id="two"))
    (found,) = await findings(stand, "double_submit")
    assert found["orders"][1] == int(second.id)
    assert [one["id"] for one in await requests(stand)] == found["requests"]


@pytest.mark.parametrize("do", [{"drop": True}, {"status": 502}], ids=str)
async def test_what_was_never_taken_may_be_sent_again(stand: Stand, do: Any) -> None:
    await lose(stand, RESTING, do)
    await stand.place(ALICE, RESTING)
    assert not await findings(stand, "double_submit")


async def test_who_asks_first_passes(stand: Stand) -> None:
    await lose(stand, RESTING, LOST)
    await stand.query(ALICE, last_order(stand))
    await stand.place(ALICE, RESTING)
    assert not await findings(stand, "double_submit")


async def test_asking_for_another_order_does_not_tell_of_it(stand: Stand) -> None:
    known = await stand.place(ALICE, RESTING._replace(quantity="0.1"))
    await lose(stand, RESTING, LOST)
    await stand.query(ALICE, known.id)
    await stand.place(ALICE, RESTING)
    assert len(await findings(stand, "double_submit")) == 1


@pytest.mark.parametrize(
    "other",
    [
        RESTING._replace(quantity="0.4"),
        RESTING._replace(side="sell", price="60000"),
    ],
    ids=str,
)
async def test_another_order_is_another_order(stand: Stand, other: Wanted) -> None:
    await lose(stand, RESTING, LOST)
    await stand.place(ALICE, other)
    assert not await findings(stand, "double_submit")


async def test_another_price_is_the_same_order(stand: Stand) -> None:
    await lose(stand, RESTING, LOST)
    await stand.place(ALICE, RESTING._replace(price="40100"))
    assert len(await findings(stand, "double_submit")) == 1


async def test_keys_are_told_apart(stand: Stand) -> None:
    await lose(stand, RESTING, LOST)
    await stand.place(BOB, RESTING)
    await stand.query(BOB, last_order(stand))
    assert not await findings(stand, "double_submit", BOB)
    await stand.place(ALICE, RESTING)
    assert len(await findings(stand, "double_submit")) == 1


async def test_what_was_sent_before_the_answer_was_lost_is_no_repetition(stand: Stand) -> None:
    await arm(stand, {"delayMs": 500, "when": "after"}, times=1)
    await arm(stand, LOST, times=1)
    first = asyncio.ensure_future(stand.ask(stand.adapter.place(stand.signer(ALICE), RESTING)))
    await is_taken(stand)
    await stand.ask_beside(stand.adapter.place(stand.signer(ALICE), RESTING))
    await stand.pass_time(600)
    with pytest.raises(ConnectionError):
        await first
    assert not await findings(stand, "double_submit")


async def test_what_was_on_its_way_when_the_answer_was_lost_is_no_repetition(stand: Stand) -> None:
    await arm(stand, {"delayMs": 500}, times=1)
    order = stand.adapter.place(stand.signer(ALICE), RESTING._replace(client_id="slow"))
    slow = asyncio.ensure_future(stand.ask_beside(order))
    async with asyncio.timeout(DEADLINE_S):
        while not await requests(stand):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
    await lose(stand, RESTING, LOST)
    await stand.pass_time(600)
    assert (await slow).status < 300
    assert not await findings(stand, "double_submit")


async def test_who_hangs_up_and_sends_it_again_is_found(stand: Stand) -> None:
    await arm(stand, {"delayMs": 5_000, "when": "after"}, times=1)
    asking = asyncio.ensure_future(stand.ask(stand.adapter.place(stand.signer(ALICE), RESTING)))
    await is_taken(stand)
    stand.hang_up()
    with pytest.raises(ConnectionError):
        await asking
    await stand.place(ALICE, RESTING)
    assert len(await findings(stand, "double_submit")) == 1


async def test_an_honest_market_maker_is_never_found(stand: Stand) -> None:
    """Equal orders, over and over, on both sides, canceled and replaced, filled and not."""
    # MEXC's answer to an order does not say that it traded: its client asks.
    stand.asks_after_placing = True
    sell = Wanted("sell", "0.01", "60000")
    buy = Wanted("buy", "0.01", "40000")
    for number in range(40):
        one, two = await stand.place(ALICE, buy), await stand.place(ALICE, sell)
        await stand.place(ALICE, Wanted("buy" if number % 2 else "sell", "0.01"))
        if number % 3:
            await stand.cancel(ALICE, one.id)
            await stand.cancel(ALICE, two.id)
    assert await verdicts(stand) == {}
