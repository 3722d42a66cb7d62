"""An exchange in memory that speaks one dialect, with time that only moves when it is told to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

from hypersim.account.user import Permission, Secret
from hypersim.edge.client import Clients
from hypersim.edge.gate import Gate
from hypersim.edge.origins import Origins
from hypersim.market.events import DepthUpdated, Level, TradePrinted
from hypersim.service.limits import RateLimiter
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit, IssueKey, OpenAccount, RevokeKey
from hypersim.trading.commands import Command
from tests.support.builders import START_MS
from tests.support.dialects.adapter import Adapter
from tests.support.dialects.listener import ADDRESS, Listener
from tests.support.dialects.words import (
    SYMBOL,
    Answer,
    OrderSeen,
    Request,
    Signer,
    Topic,
    Trader,
    Wanted,
)
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.restartable_record import RestartableRecord
from tests.support.wire import HttpWire

ALICE = Trader("key-of-alice", "secret-of-alice")
BOB = Trader("key-of-bob", "secret-of-bob")
READER = Trader("key-that-reads", "secret-of-alice-too")
"""Alice's, to look only."""
AWAY = Trader("key-from-elsewhere", "secret-of-alice-elsewhere")
"""Alice's, for another address."""
HERE = Trader("key-from-here", "secret-of-alice-here")
"""Alice's, for this address."""
GONE = Trader("key-of-the-past", "secret-of-alice-once")
"""Alice's, revoked."""

MONEY = {"USDT": Decimal(1_000_000), "BTC": Decimal(100)}
PRICE = Decimal(50_000)
LEVELS = 5
CENT = Decimal("0.01")
RESTING = Wanted("buy", "0.5", "40000")
AT_MARKET = Wanted("buy", "0.5")


class Stand:
    """The running exchange, and one connection to it over HTTP."""

    def __init__(self, adapter: Adapter, exchange: MemoryExchange, clock: SimulatedClock) -> None:
        self.adapter = adapter
        self.exchange = exchange
        self.clock = clock
        self.mounted = adapter.dialect.build(exchange.services)
        self.asks_after_placing = True
        """Whether what the answer to a new order does not tell is asked for."""
        self._line = self._dial()
        self._listeners: list[Listener] = []

    def _dial(self) -> HttpWire:
        origins, edge = Origins("127.0.0.1"), self.exchange.services.edge
        return HttpWire(Gate(self.mounted.app, Clients(), origins, edge))

    def signer(self, trader: Trader) -> Signer:
        """The trader, now."""
        return Signer(trader, self.clock.now_ms() + trader.clock_off_ms)

    async def ask_beside(self, request: Request) -> Answer:
        """The same, over a connection of its own."""
        return _read(await self._dial().whole_answer(_written(request)))

    def hang_up(self) -> None:
        """The client is away; who waits for an answer gets ConnectionError."""
        self._line.hang_up()

    async def ask(self, request: Request, **headers: str) -> Answer:
        """Whatever is answered. Raises ConnectionError when nothing is."""
        try:
            return _read(await self._line.whole_answer(_written(request, **headers)))
        except ConnectionError:
            self._line = self._dial()
            raise

    async def done(self, request: Request) -> Answer:
        """The answer, which must not be a refusal."""
        answer = await self.ask(request)
        assert answer.status < 300, answer
        return answer

    async def place(self, trader: Trader, order: Wanted) -> OrderSeen:
        """The order, which must be taken."""
        request = self.adapter.place(self.signer(trader), order)
        placed = self.adapter.order_of(await self.done(request))
        if not self.asks_after_placing:
            return placed
        further = self.adapter.after_placing(self.signer(trader), placed.id)
        answers = [await self.done(one) for one in further]
        return self.adapter.completed(answers) if answers else placed

    async def query(self, trader: Trader, order_id: str) -> Answer:
        """Whatever is said of it."""
        return await self.ask(self.adapter.query(self.signer(trader), order_id))

    async def cancel(self, trader: Trader, order_id: str) -> Answer:
        """Whatever is said of that."""
        return await self.ask(self.adapter.cancel(self.signer(trader), order_id))

    async def holdings(self, trader: Trader) -> Mapping[str, tuple[Decimal, Decimal]]:
        """What the trader has: (free, locked) by asset."""
        answer = await self.done(self.adapter.balances(self.signer(trader)))
        return self.adapter.holdings_of(answer)

    def listener(self, topic: Topic, query: str = "") -> Listener:
        """A new socket where it could be heard of."""
        listener = Listener(self.mounted.app, self.adapter, topic, query)
        self._listeners.append(listener)
        return listener

    async def follow(self, topic: Topic, trader: Trader = ALICE) -> Listener:
        """A new socket that hears of it from now on."""
        opening = self.adapter.opening(topic, self.signer(trader))
        query = self.adapter.query_of(await self.done(opening)) if opening else ""
        listener = self.listener(topic, query)
        await listener.follow(self.signer(trader))
        return listener

    async def move(self, price: Decimal, size: Decimal = Decimal(10)) -> None:
        """Somebody traded at this price, and the book stands around it."""
        bids = tuple((price - CENT * step, size) for step in range(1, LEVELS + 1))
        asks = tuple((price + CENT * step, size) for step in range(1, LEVELS + 1))
        await self.show(bids, asks)
        printed = TradePrinted(SYMBOL, self.clock.now_ms(), price, CENT, buyer_is_maker=False)
        await self.exchange.engine.move_market(printed)
        await self.exchange.engine.settled()

    async def show(self, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> None:
        """The book is this one."""
        engine = self.exchange.engine
        await engine.move_market(DepthUpdated(SYMBOL, self.clock.now_ms(), bids, asks))
        await engine.settled()

    def price(self, step: int) -> Decimal:
        """A price that the market had not yet, for each step another one."""
        return PRICE + step

    async def pass_time(self, time_ms: int) -> None:
        """So much later; who waited on the way did what he waited for."""
        await self.clock.sleep_until(self.clock.now_ms() + time_ms)

    async def begin_again(self) -> None:
        """A reset, after which the same traders have the same keys and the same money."""
        await self.exchange.engine.reset(opening())

    async def close(self) -> None:
        """Nobody listens any more."""
        for listener in self._listeners:
            await listener.hang_up()


def opening() -> tuple[Command, ...]:
    """Two accounts, and some more keys of the first one."""
    deposits = [
        Deposit(account_id, asset, amount)
        for account_id in (1, 2)
        for asset, amount in MONEY.items()
    ]
    reading = frozenset({Permission.READ})
    return (
        OpenAccount("alice@example.com"),
        OpenAccount("bob@example.com"),
        _key(1, ALICE),
        _key(2, BOB),
        _key(1, READER, permissions=reading),
        _key(1, AWAY, allowed_ips=("198.51.100.7",)),
        _key(1, HERE, allowed_ips=(ADDRESS,)),
        _key(1, GONE),
        RevokeKey(GONE.key),
        *deposits,
    )


def _key(account_id: int, trader: Trader, **wish: Any) -> IssueKey:
    passphrase = Secret(trader.passphrase)
    return IssueKey(account_id, trader.key, Secret(trader.secret), passphrase=passphrase, **wish)


@contextlib.asynccontextmanager
async def stand_of(
    adapter: Adapter,
    record: RestartableRecord | None = None,
    *,
    is_limited: bool = False,
    is_watched: bool = False,
    errors_like: str = "",
) -> AsyncIterator[Stand]:
    """For the length of a block: what the record tells of goes on, without one all begins.
    `is_limited`: requests are counted against the adapter's limits; `errors_like`: with whose
    codes they are refused."""
    kept = record or RestartableRecord()
    clock = SimulatedClock(max(START_MS, kept.time_ms + 1_000), speed=0)
    async with memory_exchange(
        store=kept.store(), clock=clock, recorded=kept.recorded(), is_watched=is_watched
    ) as exchange:
        if not exchange.engine.view.users:
            await exchange.engine.submit_together(opening(), Source.ADMIN)
        limits = {adapter.dialect.name: adapter.limits}
        limiter = RateLimiter(adapter.requests_max if is_limited else 0)
        likes = {adapter.dialect.name: errors_like}
        services = exchange.services._replace(limiter=limiter, limits=limits, errors_like=likes)
        exchange = exchange._replace(services=services)
        stand = Stand(adapter, exchange, clock)
        running = asyncio.ensure_future(stand.mounted.run())
        await stand.move(PRICE)
        try:
            yield stand
        finally:
            await stand.close()
            running.cancel()
            await asyncio.wait([running])


def _written(request: Request, **headers: str) -> bytes:
    told = {"Host": "localhost", "Content-Length": str(len(request.body))}
    lines = [f"{name}: {text}" for name, text in (told | dict(request.headers) | headers).items()]
    head = "\r\n".join([f"{request.method} {request.target} HTTP/1.1", *lines, "\r\n"])
    return head.encode() + request.body


def _read(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(first.split(" ")[1]), headers, json.loads(body, parse_float=Decimal))
