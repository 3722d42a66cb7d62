"""While anybody runs by a copy of the exchange's clock, it goes on as it went."""

import pytest

from hypersim.service.lending import BORROWERS_MAX, LEASE_S, Lending, TooManyBorrowers
from hypersim.service.simulated_clock import SimulatedClock
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

LOANS = "/admin/clock/loans"
CHANGES = [("", {"speed": 2}), ("", {"mode": "paused"}), ("/advance", {"ms": 1})]


async def changed(exchange: MemoryExchange) -> list[int]:
    """How each change of the clock is answered."""
    answers = [
        await exchange.admin.post(f"/admin/clock{path}", json=body) for path, body in CHANGES
    ]
    assert all(
        answer.json()["error"]["code"] == "CLOCK_LENT" for answer in answers if answer.is_error
    )
    return [answer.status_code for answer in answers]


async def test_a_lent_clock_is_not_changed_until_all_gave_it_back() -> None:
    async with memory_exchange(clock=SimulatedClock(NOON_MS, 60)) as exchange:
        for borrower in ("one", "other", "one"):
            lent = await exchange.admin.post(LOANS, json={"borrower": borrower})
            assert (lent.status_code, lent.json()["speed"]) == (200, 60)
        assert await changed(exchange) == [409, 409, 409]
        await exchange.admin.delete(f"{LOANS}/one")
        assert await changed(exchange) == [409, 409, 409]
        await exchange.admin.delete(f"{LOANS}/other")
        assert await changed(exchange) == [200, 200, 200]


async def test_the_walls_clock_is_lent_to_everybody_already() -> None:
    async with memory_exchange() as exchange:
        lent = await exchange.admin.post(LOANS, json={"borrower": "one"})
        back = await exchange.admin.delete(f"{LOANS}/one")
        assert (lent.status_code, back.status_code) == (200, 200)


@pytest.mark.parametrize("borrower", ["", "x" * 101, "a\nb"])
async def test_a_borrower_has_a_name(borrower: str) -> None:
    async with memory_exchange() as exchange:
        refused = await exchange.admin.post(LOANS, json={"borrower": borrower})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "INVALID_REQUEST")


def test_a_loan_that_nobody_renews_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1_000.0
    monkeypatch.setattr("hypersim.service.lending.time.monotonic", lambda: now_s)
    loans = Lending()
    loans.lend("killed")
    now_s += LEASE_S - 1
    loans.lend("alive")
    assert loans.borrowers == ["killed", "alive"]
    now_s += 1
    assert loans.borrowers == ["alive"]


def test_there_are_so_many_loans_and_no_more() -> None:
    loans = Lending()
    for number in range(BORROWERS_MAX):
        loans.lend(str(number))
    with pytest.raises(TooManyBorrowers, match=str(BORROWERS_MAX)):
        loans.lend("one more")
    loans.lend("0")
    loans.give_back("1")
    loans.lend("one more")
