"""What a client does when the exchange says no, or nothing."""

from typing import Any

import pytest

from tests.support.dialects.stand import ALICE, RESTING, Stand
from tests.support.dialects.words import Wanted
from tests.support.watched import arm, findings, requests, verdicts

DOWN = {"status": 503}
LIMITED = {"rateLimit": {"retryAfterS": 7}}


async def ask(stand: Stand) -> Any:
    """For what Alice has; None where nothing is answered."""
    try:
        return await stand.ask(stand.adapter.balances(stand.signer(ALICE)))
    except ConnectionError:
        return None


# retry_without_wait


async def test_who_asks_again_at_once_is_found(stand: Stand) -> None:
    await arm(stand, DOWN, times=1)
    await ask(stand)
    await stand.pass_time(20)
    await ask(stand)
    (found,) = await findings(stand, "retry_without_wait")
    assert found["requests"] == [one["id"] for one in await requests(stand)]
    assert "503 and was asked again after 20 ms" in found["text"]


async def test_who_waits_may_ask_again(stand: Stand) -> None:
    await arm(stand, DOWN, times=3)
    for wait_ms in (100, 200, 400):
        await ask(stand)
        await stand.pass_time(wait_ms)
    await ask(stand)
    assert await verdicts(stand) == {}


async def test_something_else_may_be_asked_at_once(stand: Stand) -> None:
    await stand.place(ALICE, RESTING)
    await arm(stand, DOWN, times=1)
    await ask(stand)
    await stand.query(ALICE, "1")
    assert await verdicts(stand) == {}


async def test_an_order_under_another_name_is_the_same(stand: Stand) -> None:
    await arm(stand, DOWN, times=1)
    for name in ("one", "two"):
        order = RESTING._replace(client_id=name)
        await stand.ask(stand.adapter.place(stand.signer(ALICE), order))
    assert len(await findings(stand, "retry_without_wait")) == 1


async def test_what_an_http_library_does_by_itself_is_no_fault_of_the_bots(stand: Stand) -> None:
    await arm(stand, {"drop": True}, times=2)
    await ask(stand)
    await ask(stand)
    assert await verdicts(stand) == {}
    await ask(stand)
    assert len(await findings(stand, "retry_without_wait")) == 1


# ignored_retry_after


async def test_who_does_not_wait_as_long_as_told_is_found(stand: Stand) -> None:
    await arm(stand, LIMITED, times=1)
    await ask(stand)
    await stand.pass_time(6_000)
    await stand.query(ALICE, "1")
    (found,) = await findings(stand, "ignored_retry_after")
    assert "429, to wait for 7000 ms, and after 6000 ms" in found["text"]


async def test_who_waits_as_long_as_told_passes(stand: Stand) -> None:
    await arm(stand, LIMITED, times=1)
    await ask(stand)
    await stand.pass_time(7_000)
    await ask(stand)
    assert await verdicts(stand) == {}


async def test_what_was_on_its_way_already_is_not_held_against_anybody(stand: Stand) -> None:
    await arm(stand, LIMITED, times=1)
    await ask(stand)
    await stand.ask(stand.adapter.time())
    assert await verdicts(stand) == {}
    await stand.pass_time(10)
    await ask(stand)
    assert len(await findings(stand, "ignored_retry_after")) == 1


# breaks_filters


@pytest.mark.parametrize(
    "wrong",
    [
        RESTING._replace(price="40000.001"),
        RESTING._replace(quantity="0.5000001"),
        RESTING._replace(quantity="0.00001"),
        RESTING._replace(quantity="0.123456789"),
        Wanted("sell", "0.00001"),
    ],
    ids=lambda wanted: " ".join(filter(None, wanted)),
)
async def test_what_can_be_known_beforehand_is_found(stand: Stand, wrong: Wanted) -> None:
    answer = await stand.ask(stand.adapter.place(stand.signer(ALICE), wrong))
    assert answer.status == 400
    assert len(await findings(stand, "breaks_filters")) == 1


async def test_an_order_that_a_fault_refuses_breaks_no_filter(stand: Stand) -> None:
    await arm(stand, {"order": {"reject": "PRICE_OFF_TICK"}}, times=1)
    answer = await stand.ask(stand.adapter.place(stand.signer(ALICE), RESTING))
    assert answer.status == 400
    assert await verdicts(stand) == {}
    assert (await requests(stand))[-1]["fault"] == "order"


async def test_too_little_money_breaks_no_filter(stand: Stand) -> None:
    dear = RESTING._replace(quantity="50")
    answer = await stand.ask(stand.adapter.place(stand.signer(ALICE), dear))
    assert answer.status == 400
    assert await verdicts(stand) == {}


# clock_skew

LATE = ALICE._replace(clock_off_ms=-90_000)


async def late(stand: Stand) -> None:
    answer = await stand.ask(stand.adapter.balances(stand.signer(LATE)))
    assert answer.status in (400, 401)


async def test_who_goes_on_by_a_wrong_clock_is_found(stand: Stand) -> None:
    await late(stand)
    await late(stand)
    (found,) = await findings(stand, "clock_skew")
    assert "90000 ms behind" in found["text"]


async def test_who_asks_for_the_time_passes(stand: Stand) -> None:
    await late(stand)
    await stand.ask(stand.adapter.time())
    await ask(stand)
    await late(stand)
    assert await verdicts(stand) == {}


async def test_a_clock_that_was_set_right_passes(stand: Stand) -> None:
    await late(stand)
    await ask(stand)
    await late(stand)
    assert await verdicts(stand) == {}
