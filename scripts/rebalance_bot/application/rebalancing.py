"""One rebalance, from the look at the account to the new position."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol

from scripts.rebalance_bot.application.clock import Clock
from scripts.rebalance_bot.application.errors import Refused
from scripts.rebalance_bot.application.placing import Placing
from scripts.rebalance_bot.application.ports import Exchange, Intent, Store
from scripts.rebalance_bot.application.retry import Retry
from scripts.rebalance_bot.application.telling import Telling, plain
from scripts.rebalance_bot.application.tracking import Tracked, Tracker
from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.order import Order
from scripts.rebalance_bot.domain.planning import LONG, Averages, Hold, Holdings, Trade, plan
from scripts.rebalance_bot.domain.position import Position, divided
from scripts.rebalance_bot.domain.risk import objection


class Outcome(Enum):
    """How a rebalance ended."""

    DONE = "done"
    HOLD = "hold"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user set. `first_cost` is what the coin has cost so far; without it the coin is
    taken to have cost what it is worth when the bot first sees it."""

    threshold: Decimal
    tiers: dict[str, Decimal]
    min_notional: Decimal
    candles: str
    first_cost: Decimal | None


class Meters(Protocol):
    """What is counted."""

    def ended(self, outcome: Outcome, action: str, duration_s: float) -> None:
        """A rebalance is over."""
        ...

    def filled(self, order: Order) -> None:
        """An order is over."""
        ...

    def holds(self, holdings: Holdings, price: Decimal, average_cost: Decimal) -> None:
        """What there is."""
        ...


@dataclass(frozen=True, slots=True)
class Rebalancer:
    """Does it once per call."""

    exchange: Exchange
    store: Store
    retry: Retry
    clock: Clock
    placing: Placing
    tracker: Tracker
    telling: Telling
    meters: Meters
    wishes: Wishes

    async def run(self) -> Outcome:
        """Finish what a former run left, or else look, plan and trade. Raises `ExchangeError`."""
        began_ms = self.clock.now_ms()
        intent = self.store.intent()
        resumed = None if intent is None else await self._resume(intent)
        if intent is not None and resumed is not None:
            outcome, action = resumed, intent.side.value
        else:
            outcome, action = await self._begin()
        self.meters.ended(outcome, action, (self.clock.now_ms() - began_ms) / 1000)
        return outcome

    async def _begin(self) -> tuple[Outcome, str]:
        """A rebalance from its start: how it ended, and what was done."""
        decision, position = await self.decide()
        # What the coin had cost when it was first seen is what later prices are measured against.
        self.store.keep(position)
        match decision:
            case Hold():
                return Outcome.HOLD, "HOLD"
            case Trade():
                return await self._trade(decision, position), decision.side.value

    async def decide(self) -> tuple[Hold | Trade, Position]:
        """The plan that the risk checks let pass, and the position now; nothing is written."""
        market = await self.retry.read("GET /api/v3/exchangeInfo", self.exchange.market)
        holdings = await self.retry.read("GET /api/v3/account", self.exchange.holdings)
        closes = await self.retry.read(
            "GET /api/v3/klines", lambda: self.exchange.closes(self.wishes.candles, LONG)
        )
        price = await self.retry.read("GET /api/v3/ticker/price", self.exchange.price)
        position = self._position(holdings, price)
        cost = position.average_cost
        averages = Averages.of_closes(closes)
        decision = plan(market, holdings, averages, price, cost, self.wishes.threshold)
        if isinstance(decision, Trade):
            against = objection(decision, market, holdings, self.wishes.min_notional)
            decision = Hold(against) if against else decision
        self.telling.planned(decision)
        self.meters.holds(holdings, price, cost)
        return decision, position

    def _position(self, holdings: Holdings, price: Decimal) -> Position:
        """The account says how much there is, the store what it has cost."""
        kept = self.store.position()
        if kept is not None:
            return Position(holdings.coin, kept.average_cost)
        first = self.wishes.first_cost
        return Position(holdings.coin, price if first is None else first)

    async def _trade(self, trade: Trade, position: Position) -> Outcome:
        try:
            intent = await self.placing.place(trade, position)
        except Refused as error:
            self.telling.failed(error)
            return Outcome.REJECTED
        self.telling.submitted(intent)
        return await self._follow(intent)

    async def _resume(self, intent: Intent) -> Outcome | None:
        """The order that was under way when a former run ended; None if it was never placed."""
        self.telling.event("resumed", client_id=intent.client_id)
        if await self.placing.find(intent.client_id, intent.sent_ms) is None:
            self.store.finish(None, intent.before, {})
            return None
        return await self._follow(intent)

    async def _follow(self, intent: Intent) -> Outcome:
        tracked = await self.tracker.track(intent)
        order = tracked.order
        self.telling.ended(order, (self.clock.now_ms() - intent.sent_ms) / 1000)
        self.meters.filled(order)
        await self._conclude(intent, order)
        return _outcome(tracked)

    async def _conclude(self, intent: Intent, order: Order) -> None:
        """The position by what was really filled, before anything else can go wrong."""
        after = intent.before.after(order)
        entry = {
            "time_ms": str(self.clock.now_ms()),
            "client_id": intent.client_id,
            "order_id": order.order_id,
            "side": intent.side.value,
            "status": order.status.value,
            "executed": plain(order.executed),
            "average_price": plain(order.average_price),
            "cost_before": plain(intent.before.average_cost),
            "cost_after": plain(after.average_cost),
        }
        self.store.finish(order, after, entry)
        holdings = await self.retry.read("GET /api/v3/account", self.exchange.holdings)
        market = await self.retry.read("GET /api/v3/exchangeInfo", self.exchange.market)
        self.telling.position(intent.before, after, holdings)
        self._tell_tiers(holdings, market)
        self.meters.holds(holdings, order.average_price or intent.price, after.average_cost)

    def _tell_tiers(self, holdings: Holdings, market: Market) -> None:
        tiers = divided(holdings.coin, self.wishes.tiers, market)
        self.telling.event("tiers_updated", tiers={name: plain(n) for name, n in tiers.items()})


def _outcome(tracked: Tracked) -> Outcome:
    if tracked.gave_up:
        return Outcome.TIMED_OUT
    if tracked.order.executed == tracked.order.quantity:
        return Outcome.DONE
    return Outcome.REJECTED
