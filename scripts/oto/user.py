"""One user: two sockets, one state machine, and what came of it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from scripts.oto.desk import Desk
from scripts.oto.history import Difference, History
from scripts.oto.inbox import Inbox
from scripts.oto.machine import Machine
from scripts.oto.messages import (
    BalancesChanged,
    Event,
    Offline,
    Online,
    OrderChanged,
    QuoteMoved,
    Standing,
    StopAsked,
)
from scripts.oto.orders import Names
from scripts.oto.rest import Account, Credentials, Exchange, wall_ms
from scripts.oto.sockets import event_of, follow, price_url, quote_of, subscribe_to
from scripts.oto.terms import Plan, Rules

log = logging.getLogger("oto_bot")

STOP_GRACE_S = 15.0
"""How long an open pair may take to be canceled at the end."""

STREAM_PATIENCE_S = 2.0
"""By when the stream must have told what REST shows."""

PRICES, USER_DATA = "prices", "user data"


class Urls(NamedTuple):
    """Where an exchange is: REST, market streams, WebSocket API."""

    rest: str
    streams: str
    ws_api: str

    @classmethod
    def below(cls, base: str) -> "Urls":
        """Those of an exchange that serves all three under one address."""
        base = base.rstrip("/")
        sockets = "ws" + base.removeprefix("http")
        return cls(base, sockets, f"{sockets}/ws-api/v3")


class Setup(NamedTuple):
    """What the users of one run share. `run` tells its orders from those of other runs."""

    urls: Urls
    exchange: Exchange
    plan: Plan
    rules: Rules
    run: str


class User:
    """See the top of this module."""

    def __init__(self, setup: Setup, credentials: Credentials, number: int) -> None:
        self.name = credentials.name
        self.number = number
        names = Names(setup.run, number)
        self.machine = Machine(setup.plan, setup.rules, names)
        self.history = History(names.prefix)
        self.differences: list[Difference] = []
        self.latencies_ms: list[float] = []
        self.checked = 0
        self.failure: str | None = None
        self._account = Account(setup.exchange, credentials)
        self.desk = Desk(self._account, setup.rules)
        self._exchange = setup.exchange
        self._urls = setup.urls
        self._symbol = setup.rules.symbol
        self._inbox = Inbox()
        self._up: set[str] = set()
        self._over = asyncio.Event()
        self._told = asyncio.Event()

    async def run(self) -> None:
        """Trade until the machine is done, and check the end against REST."""
        tasks = [
            asyncio.create_task(self._follow_prices()),
            asyncio.create_task(self._follow_user_data()),
            asyncio.create_task(self._trade()),
        ]
        try:
            finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                # A bug in any of them ends the user.
                task.result()
            self._over.set()
            await self._check_end()
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"
            log.exception("%s: failed", self.name)
        finally:
            self._over.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self, why: str) -> None:
        """Cancel what is open, and end; gives up after a while."""
        self._inbox.put(StopAsked(why))
        try:
            async with asyncio.timeout(STOP_GRACE_S):
                await self._over.wait()
        except TimeoutError:
            self.failure = "did not stop in time"

    async def check(self) -> list[Difference]:
        """Ask REST for the open pair's orders, and hold them against the stream; what differs is
        kept too. Raises `ApiRefusal` and `OutcomeUnclear`."""
        pair, gaps = self.machine.known.pair, self.history.gaps
        if pair is None:
            return []
        mark = self.history.mark([pair.working.name, pair.pending.name])
        found = await self.desk.orders(list(mark))
        different = await self._settled(lambda: self.history.differences_since(mark, found))
        if gaps != self.history.gaps:
            return []
        self.checked += len(found)
        self.differences += different
        return different

    # What comes in

    async def _follow_prices(self) -> None:
        await follow(
            price_url(self._urls.streams, self._symbol),
            greet=None,
            hear=self._hear_price,
            tell_state=lambda is_up, why: self._hear_state(PRICES, is_up, why),
        )

    async def _follow_user_data(self) -> None:
        await follow(
            self._urls.ws_api,
            greet=subscribe_to(self._account),
            hear=self._hear_user_data,
            tell_state=lambda is_up, why: self._hear_state(USER_DATA, is_up, why),
        )

    def _hear_state(self, socket: str, is_up: bool, why: str) -> None:
        was_online = len(self._up) == 2
        if is_up:
            self._up.add(socket)
            if len(self._up) == 2:
                self._inbox.put(Online())
            return
        self._up.discard(socket)
        log.warning("%s: %s socket is down: %s", self.name, socket, why)
        if was_online:
            self.history.gaps += 1
            self._inbox.put(Offline(f"{socket} socket is down"))

    def _hear_price(self, message: Any) -> None:
        quote = quote_of(message)
        if quote is not None:
            self._inbox.put(QuoteMoved(quote))

    def _hear_user_data(self, message: Any) -> None:
        event = event_of(message)
        if event is None:
            return
        self._told.set()
        match event["e"]:
            case "executionReport":
                self.latencies_ms.append(wall_ms() + self._exchange.ahead_ms - event["T"])
                self._inbox.put(OrderChanged(self.history.add_report(event)))
            case "listStatus":
                self.history.add_list(event)
            case "outboundAccountPosition":
                self._inbox.put(BalancesChanged(self.history.add_position(event)))
            case _:
                pass

    # What is done

    async def _trade(self) -> None:
        while not self.machine.course.is_over:
            patience_ms = self.machine.wait_ms(int(wall_ms()))
            for event in await self._inbox.take(patience_ms / 1000):
                await self._handle(event)

    async def _handle(self, event: Event) -> None:
        action = self.machine.handle(event, int(wall_ms()))
        self._log_notes()
        while action is not None:
            answer = await self.desk.perform(action)
            if isinstance(answer, Standing) and self.history.gaps:
                self.history.catch_up(answer.orders)
            action = self.machine.handle(answer, int(wall_ms()))
            self._log_notes()

    def _log_notes(self) -> None:
        for note in self.machine.course.notes:
            log.info("%s: %s", self.name, note)
        self.machine.course.notes.clear()

    async def _check_end(self) -> None:
        """Everything that REST shows of this run was streamed, and nothing else was."""
        orders = await self.desk.all_orders()
        self.differences += await self._settled(lambda: self.history.final_differences(orders))
        if self.history.gaps:
            # Whatever happened meanwhile was not told.
            return
        lists = await self.desk.all_lists()
        self.differences += await self._settled(lambda: self.history.list_differences(lists))
        free = await self.desk.balances()
        self.differences += await self._settled(lambda: self.history.balance_differences(free))
        own = {order.id for order in orders if self.history.is_own(order.name)}
        trades = [trade for trade, order in (await self.desk.all_trades()).items() if order in own]
        self.differences += await self._settled(lambda: self.history.trade_differences(trades))

    async def _settled(self, compare: Callable[[], list[Difference]]) -> list[Difference]:
        """What still differs once the stream has had its time."""
        try:
            async with asyncio.timeout(STREAM_PATIENCE_S):
                while compare():
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            pass
        return compare()
