"""Sending an order so that it is sent once, whatever becomes of the answers.

The order is written down under its client id before it is sent. Where the answer does not say what
was done, it is looked up by that id: at once, and again when no request with its timestamp is taken
any more. Only an order that is unknown then is sent again, under the same id.
"""

from dataclasses import dataclass

from scripts.rebalance_bot.application.clock import Clock
from scripts.rebalance_bot.application.errors import ExchangeError, NoSuchOrder, Refused, Unclear
from scripts.rebalance_bot.application.ports import Exchange, Intent, Store
from scripts.rebalance_bot.application.retry import TRIES, Retry
from scripts.rebalance_bot.domain.order import Order, client_id
from scripts.rebalance_bot.domain.planning import Trade
from scripts.rebalance_bot.domain.position import Position
from scripts.rebalance_bot.domain.side import Side

CLOCKS_APART_MS = 1000
"""How much later than the bot the exchange may think a request's window ends."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Sends orders, and finds out what became of them."""

    exchange: Exchange
    store: Store
    retry: Retry
    clock: Clock

    async def place(self, trade: Trade, before: Position) -> Intent:
        """An order that the exchange has taken. Raises an `ExchangeError`: after `Unclear` the
        order is still written down, after any other there is none."""
        name = await self._new_name(trade.side)
        intent = Intent(name, trade.side, trade.quantity, trade.price, self.clock.now_ms(), before)
        self.store.begin(intent)
        try:
            order_id = await self._send(trade, name)
        except Unclear:
            raise
        except ExchangeError:
            self.store.finish(None, before, {})
            raise
        self.store.placed(order_id, intent)
        return intent

    async def find(self, name: str, sent_ms: int) -> Order | None:
        """The order of that client id; None if there is none and never will be, for a request that
        was sent no later than `sent_ms`. Raises an `ExchangeError` if that cannot be found out."""
        if order := await self._look_up(name):
            return order
        over_ms = sent_ms + self.exchange.recv_window_ms + CLOCKS_APART_MS
        if (left_ms := over_ms - self.clock.now_ms()) > 0:
            await self.clock.sleep(left_ms / 1000)
        return await self._look_up(name)

    async def _send(self, trade: Trade, name: str) -> str:
        for attempt in range(1, TRIES + 1):
            try:
                return await self.retry.once(
                    "POST /api/v3/order", lambda: self.exchange.place(trade, name)
                )
            except Unclear:
                found = await self._find_or_unclear(name)
            except Refused:
                # "Known already" is what the exchange may say of one that was sent again.
                found = await self._look_up(name) if attempt > 1 else None
                if found is None:
                    raise
            if found is not None:
                return found.order_id
        raise Unclear(0, f"{name} was sent {TRIES} times and is not there")

    async def _find_or_unclear(self, name: str) -> Order | None:
        try:
            return await self.find(name, self.clock.now_ms())
        except ExchangeError as error:
            raise Unclear(error.code, f"{name} cannot be looked up: {error.message}") from error

    async def _look_up(self, name: str) -> Order | None:
        try:
            return await self.retry.read("GET /api/v3/order", lambda: self.exchange.order(name))
        except NoSuchOrder:
            return None

    async def _new_name(self, side: Side) -> str:
        """A name that was not used before: names tell seconds apart, no more."""
        while (name := client_id(side, self.clock.now_ms())) == self.store.last_client_id():
            await self.clock.sleep(1 - self.clock.now_ms() % 1000 / 1000)
        return name
