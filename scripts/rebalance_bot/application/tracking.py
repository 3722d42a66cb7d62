"""Following an order until it is over, or its time is."""

import contextlib
from dataclasses import dataclass

from scripts.rebalance_bot.application.clock import Clock
from scripts.rebalance_bot.application.errors import (
    ClockOff,
    NoSuchOrder,
    RateLimited,
    Unclear,
    Unreachable,
)
from scripts.rebalance_bot.application.ports import Exchange, Intent
from scripts.rebalance_bot.application.retry import Retry, wait_of
from scripts.rebalance_bot.application.telling import Telling
from scripts.rebalance_bot.domain.order import Order, Status

PAUSE_MIN_S, PAUSE_MAX_S = 0.5, 10
POLLS_MAX = 30
NO_NEWS = (RateLimited, ClockOff, Unclear, Unreachable)
"""After these an order is simply asked for again at the next poll."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """An order that is over, and whether the bot gave it up."""

    order: Order
    gave_up: bool


@dataclass(frozen=True, slots=True)
class Tracker:
    """Asks for an order after 1, 2, 4, 8, then every 10 seconds. When the time-out is over or it
    was asked 30 times, the rest is canceled and the order read once more."""

    exchange: Exchange
    retry: Retry
    clock: Clock
    telling: Telling
    timeout_s: float

    async def track(self, intent: Intent) -> Tracked:
        """Follow it to its end. Raises an `ExchangeError` if that end cannot be told."""
        until_ms = intent.sent_ms + int(self.timeout_s * 1000)
        for poll in range(POLLS_MAX):
            left_s = (until_ms - self.clock.now_ms()) / 1000
            if left_s < PAUSE_MIN_S:
                break
            await self.clock.sleep(min(2**poll, PAUSE_MAX_S, left_s))
            order = await self._poll(intent, poll + 1)
            if order is not None and not order.status.is_open:
                return Tracked(order, gave_up=False)
        return await self._give_up(intent)

    async def _poll(self, intent: Intent, number: int) -> Order | None:
        try:
            order = await self.exchange.order(intent.client_id)
        except NO_NEWS as error:
            self.retry.on_error(error, "GET /api/v3/order")
            await self.clock.sleep(wait_of(error, attempt=1))
            return None
        self.telling.polled(number, order)
        return order

    async def _give_up(self, intent: Intent) -> Tracked:
        name = intent.client_id
        with contextlib.suppress(NoSuchOrder):
            # It may have ended by itself just now, or an earlier try canceled it.
            await self.retry.read("DELETE /api/v3/order", lambda: self.exchange.cancel(name))
        order = await self.retry.read("GET /api/v3/order", lambda: self.exchange.order(name))
        if order.status.is_open:
            raise Unclear(0, f"{name} was canceled and is still open")
        return Tracked(order, gave_up=order.status is not Status.FILLED)
