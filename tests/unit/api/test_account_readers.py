"""Who hears of an account: whole, in order, by right of a key, and no more than it can take."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from decimal import Decimal
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from hypersim.account.user import ApiKey
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams import accounts as machine
from hypersim.api.streams.accounts import AccountReader, Accounts, AccountWords, Say
from hypersim.api.streams.followers import follow
from hypersim.service.demo import seed_demo
from hypersim.service.transaction import Transaction
from hypersim.trading.account_commands import Deposit
from hypersim.trading.events import KeyChanged
from tests.support.builders import transaction
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.server import DEMO_KEY


class Numbers(AccountWords[int]):
    """Tells the numbers of transactions."""

    def __init__(self) -> None:
        self.forgotten: list[int] = []

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[int]:
        del account_id
        yield transaction.seq

    def symbol_of(self, push: int) -> None:
        del push

    event_of = symbol_of

    def forget(self, account_id: int) -> None:
        self.forgotten.append(account_id)


class Ann(AccountReader[int]):
    """Notes what it is told."""

    def __init__(self, key: ApiKey) -> None:
        self.account_id = key.account_id
        self.key = key
        self.heard: list[int | str] = []

    @property
    def keys(self) -> Collection[ApiKey]:
        return (self.key,)

    def tell(self, push: int, say: Say = Socket.push) -> None:
        del say
        self.heard.append(push)

    def lapse(self) -> None:
        self.heard.append("lapsed")

    def cut_off(self) -> None:
        self.heard.append("cut off")


class Desk(NamedTuple):
    """Readers of the demo account, and what happens to it."""

    exchange: MemoryExchange
    words: Numbers
    accounts: Accounts[int]

    def reader(self) -> Ann:
        made = Ann(self.exchange.engine.view.keys[DEMO_KEY])
        self.accounts.add(made)
        return made

    async def deposit(self) -> int:
        account_id = self.exchange.engine.view.keys[DEMO_KEY].account_id
        await self.exchange.done(Deposit(account_id, "BTC", Decimal(1)))
        await self.handled()
        return self.exchange.engine.view.seq

    async def handled(self) -> None:
        bus = self.exchange.engine.bus
        await bus.all_handled(bus.position)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with memory_exchange() as exchange:
        await seed_demo(exchange.engine)
        words = Numbers()
        made = Desk(exchange, words, Accounts(exchange.services, words, "readers"))
        following = asyncio.create_task(follow(exchange.engine, made.accounts))
        await asyncio.sleep(0)
        yield made
        following.cancel()
        await asyncio.wait([following])


async def test_every_reader_is_told_in_order_until_it_leaves(desk: Desk) -> None:
    one, other = desk.reader(), desk.reader()
    first = await desk.deposit()
    desk.accounts.remove(other)
    second = await desk.deposit()
    assert one.heard == [first, second]
    assert other.heard == [first]
    assert desk.words.forgotten == []
    desk.accounts.remove(one)
    assert desk.words.forgotten == [one.account_id]


async def test_a_reader_lapses_with_its_key_before_anything_more_is_told(desk: Desk) -> None:
    reader = desk.reader()
    view = desk.exchange.engine.view
    revoked = replace(reader.key, revoked_ms=1)
    view.keys[DEMO_KEY] = revoked
    desk.exchange.engine.bus.publish([transaction([KeyChanged(revoked)])])
    await desk.deposit()
    assert reader.heard == ["lapsed"]
    assert reader.account_id not in desk.accounts


async def test_a_reset_ends_whoever_heard_of_accounts_before(desk: Desk) -> None:
    reader = desk.reader()
    await desk.exchange.engine.reset()
    await desk.handled()
    assert reader.heard == ["lapsed"]


async def test_what_no_outbox_takes_is_not_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "OUTBOX_FRAMES_MAX", 2)
    reader = desk.reader()
    (event,) = await desk.exchange.done(Deposit(reader.account_id, "BTC", Decimal(1)))
    await desk.handled()
    reader.heard.clear()
    desk.exchange.engine.bus.publish([transaction([event] * 3)])
    await desk.handled()
    assert reader.heard == ["cut off"]
    assert reader.account_id not in desk.accounts
