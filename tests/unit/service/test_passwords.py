"""Wrong passwords lock an account and an address, and hashing starves nobody."""

import asyncio
from collections import Counter
from collections.abc import Awaitable

import pytest

from hypersim.account.user import Secret
from hypersim.service import passwords
from hypersim.service.passwords import (
    COUNTED_MAX,
    FORGET_AFTER_S,
    HASHES_WAITING_MAX,
    LOCK_FIRST_S,
    LOCK_MAX_S,
    WRONG_PER_ACCOUNT,
    WRONG_PER_ADDRESS,
    WRONG_PER_LOOPBACK,
    LoginOutcome,
    Passwords,
    TooManyLogins,
)

ANN, BOB = "ann@example.com", "bob@example.com"
HERE, THERE = "192.0.2.1", "192.0.2.2"
STORED = Secret("right")


class Door:
    """Passwords whose hashing takes no time, under a clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1_000.0
        self.looks: list[Secret] = []
        monkeypatch.setattr(passwords, "is_password", self._look)
        self.passwords = Passwords(lambda: self.now_s)

    def _look(self, password: str, stored: Secret) -> bool:
        self.looks.append(stored)
        return password == stored.value

    async def knock(
        self,
        password: str = "wrong",
        *,
        email: str = ANN,
        address: str = HERE,
        stored: Secret | None = STORED,
    ) -> bool | float:
        """Whether it was right; how many seconds to stay away, if it was not looked at."""
        try:
            return await self.passwords.is_right(email, address, password, stored)
        except TooManyLogins as too_many:
            return too_many.wait_s

    async def knock_often(self, times: int, email: str = "u{}@x.de", address: str = HERE) -> None:
        for number in range(times):
            assert await self.knock(email=email.format(number), address=address) is False


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


async def test_an_account_is_locked_from_everywhere(door: Door) -> None:
    await door.knock_often(WRONG_PER_ACCOUNT, ANN)
    assert await door.knock("right", address=THERE) == LOCK_FIRST_S
    assert await door.knock("right", email=ANN.upper()) == LOCK_FIRST_S
    assert await door.knock("right", email=BOB) is True
    door.now_s += LOCK_FIRST_S
    assert await door.knock("right") is True


async def test_each_wrong_password_after_a_lock_doubles_the_next(door: Door) -> None:
    await door.knock_often(WRONG_PER_ACCOUNT, ANN)
    waits = []
    for _ in range(8):
        waits.append(await door.knock())
        door.now_s += waits[-1]
        assert await door.knock(address=THERE) is False
    assert waits == [30, 60, 120, 240, 480, LOCK_MAX_S, LOCK_MAX_S, LOCK_MAX_S]


async def test_an_address_is_locked_whatever_accounts_it_tries(door: Door) -> None:
    await door.knock_often(WRONG_PER_ADDRESS)
    assert await door.knock("right", email=BOB) == LOCK_FIRST_S
    assert await door.knock("right", email=BOB, address=THERE) is True


async def test_a_network_of_ipv6_is_one_address(door: Door) -> None:
    await door.knock_often(WRONG_PER_ADDRESS, address="2001:db8::1")
    assert await door.knock("right", email=BOB, address="2001:db8::ffff:2") == LOCK_FIRST_S
    assert await door.knock("right", email=BOB, address="2001:db8:0:1::1") is True


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", ""])
async def test_the_programs_of_one_machine_share_a_wider_limit(door: Door, address: str) -> None:
    await door.knock_often(WRONG_PER_LOOPBACK, address=address)
    assert await door.knock("right", email=BOB, address="127.0.0.9" if address else "") > 1


async def test_a_right_password_forgives_the_account(door: Door) -> None:
    for _ in range(3):
        await door.knock_often(WRONG_PER_ACCOUNT - 1, ANN)
        assert await door.knock("right") is True


async def test_wrong_passwords_are_forgotten(door: Door) -> None:
    await door.knock_often(WRONG_PER_ACCOUNT - 1, ANN)
    door.now_s += FORGET_AFTER_S + 1
    await door.knock_often(WRONG_PER_ACCOUNT, ANN)


async def test_passwords_that_are_tried_at_once_count_before_they_are_known(door: Door) -> None:
    answers = await asyncio.gather(*(door.knock() for _ in range(50)))
    assert Counter(answers)[False] == WRONG_PER_ACCOUNT
    assert len(door.looks) == WRONG_PER_ACCOUNT


async def test_an_account_that_is_not_there_is_looked_at_all_the_same(door: Door) -> None:
    assert await door.knock("right", stored=None) is False
    assert len(door.looks) == 1
    assert door.looks[0].value.startswith("scrypt$")
    await door.knock_often(WRONG_PER_ACCOUNT - 1, ANN)
    assert await door.knock(stored=None) == LOCK_FIRST_S


async def test_what_is_counted_is_bounded(door: Door) -> None:
    many = COUNTED_MAX + 10
    for number in range(many):
        name = f"{number}@x.de"
        assert await door.knock(email=name, address=f"10.{number >> 8}.{number & 255}.1") is False
    assert len(door.passwords._accounts) == len(door.passwords._addresses) == COUNTED_MAX


async def test_few_wait_for_the_one_thread_and_the_others_are_told(door: Door) -> None:
    def ask(number: int) -> Awaitable[bool | float]:
        return door.knock("right", email=f"{number}@x.de", address="127.0.0.1")

    answers = await asyncio.gather(*map(ask, range(1_000)))
    assert sum(answer is True for answer in answers) == HASHES_WAITING_MAX
    assert door.passwords.outcomes == {
        LoginOutcome.RIGHT: HASHES_WAITING_MAX,
        LoginOutcome.BUSY: 1_000 - HASHES_WAITING_MAX,
    }


async def test_a_real_hash_is_of_its_password_only() -> None:
    real = Passwords()
    stored = await real.hash("correct horse")
    assert await real.is_right(ANN, HERE, "correct horse", stored)
    assert not await real.is_right(ANN, HERE, "correct house", stored)
    assert not await real.is_right(ANN, HERE, "correct horse", None)
