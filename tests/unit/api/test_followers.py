"""Following what is committed: whole, in order, one generation after the other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import pytest

from hypersim.api.streams.followers import follow
from hypersim.service.bus import BACKLOG_MAX
from hypersim.service.transaction import Source, Transaction
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.events import InstrumentChanged
from tests.support.http_line import until
from tests.support.memory_exchange import MemoryExchange, memory_exchange


class Diary:
    """Notes what it is told, and fails where a test wants it to."""

    name = "diaries"

    def __init__(self) -> None:
        self.pages: list[str | int] = []
        self.fails = False

    def hear(self, transactions: Sequence[Transaction]) -> None:
        if self.fails:
            self.fails = False
            raise ValueError("a bug")
        self.pages += [one.seq for one in transactions]

    def begin_again(self) -> None:
        self.pages.append("reset")

    def miss(self) -> None:
        self.pages.append("missed")


@pytest.fixture
async def exchange() -> AsyncIterator[MemoryExchange]:
    async with memory_exchange() as made:
        yield made


@pytest.fixture
async def diary(exchange: MemoryExchange) -> AsyncIterator[Diary]:
    made = Diary()
    following = asyncio.create_task(follow(exchange.engine, made))
    await asyncio.sleep(0)
    yield made
    following.cancel()
    await asyncio.wait([following])


async def told(exchange: MemoryExchange) -> None:
    await exchange.engine.bus.all_handled(exchange.engine.bus.position)


async def test_every_transaction_is_told_once_in_order(
    exchange: MemoryExchange, diary: Diary
) -> None:
    first = exchange.engine.view.seq
    for number in range(3):
        await exchange.done(OpenAccount(f"{number}@example.com"))
    await told(exchange)
    assert diary.pages == [first + 1, first + 2, first + 3]


async def test_a_reset_stands_between_what_was_before_and_what_comes_after(
    exchange: MemoryExchange, diary: Diary
) -> None:
    first = exchange.engine.view.seq
    await exchange.done(OpenAccount("before@example.com"))
    await exchange.engine.reset((OpenAccount("after@example.com"),))
    await told(exchange)
    assert diary.pages == [first + 1, "reset", first + 2, first + 3]


async def test_a_bug_of_one_is_nothing_to_the_others_that_are_told_by_the_same_task(
    exchange: MemoryExchange,
) -> None:
    clumsy, careful = Diary(), Diary()
    clumsy.fails = True
    following = asyncio.create_task(follow(exchange.engine, clumsy, careful))
    await asyncio.sleep(0)
    await exchange.done(OpenAccount("a@example.com"))
    await exchange.done(OpenAccount("b@example.com"))
    await told(exchange)
    last = exchange.engine.view.seq
    assert (clumsy.pages, careful.pages) == (["missed", last], [last - 1, last])
    following.cancel()
    await asyncio.wait([following])


async def test_after_a_bug_or_too_much_at_once_it_is_told_that_it_missed_something_and_goes_on(
    exchange: MemoryExchange, diary: Diary
) -> None:
    diary.fails = True
    await exchange.done(OpenAccount("a@example.com"))
    await told(exchange)
    assert diary.pages == ["missed"]
    bus = exchange.engine.bus
    generation = exchange.engine.view.generation
    event = InstrumentChanged(next(iter(exchange.engine.view.instruments.values())), is_new=False)
    for events in ([event], [event] * BACKLOG_MAX):
        bus.publish([Transaction(1, generation, 0, Source.ADMIN, events, {})])
    await until(lambda: diary.pages.count("missed") == 2)
    await exchange.done(Deposit(1, "USDT", Decimal(1)))
    await told(exchange)
    assert diary.pages[-1] == exchange.engine.view.seq
