"""What the bot needs of the exchange and of its memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.order import Order
from scripts.rebalance_bot.domain.planning import Holdings, Trade
from scripts.rebalance_bot.domain.position import Position
from scripts.rebalance_bot.domain.side import Side


class Exchange(Protocol):
    """Every call raises an `ExchangeError`."""

    recv_window_ms: int
    """A signed request that arrives later than this after its timestamp is refused."""

    async def synchronize(self) -> None:
        """Measure how far the exchange's clock is ahead."""
        ...

    async def market(self) -> Market:
        """The pair's rules."""
        ...

    async def price(self) -> Decimal:
        """The last price."""
        ...

    async def closes(self, interval: str, count: int) -> list[Decimal]:
        """Closes of candles, the newest last."""
        ...

    async def holdings(self) -> Holdings:
        """The account's coin and money."""
        ...

    async def place(self, trade: Trade, client_id: str) -> str:
        """Send a limit order; answers the exchange's id of it."""
        ...

    async def order(self, client_id: str) -> Order:
        """Raises `NoSuchOrder` too."""
        ...

    async def cancel(self, client_id: str) -> None:
        """Raises `NoSuchOrder` if there is nothing left to cancel."""
        ...


@dataclass(frozen=True, slots=True)
class Intent:
    """An order that was, or was about to be, sent, and the position before it."""

    client_id: str
    side: Side
    quantity: Decimal
    price: Decimal
    sent_ms: int
    before: Position


class Store(Protocol):
    """What outlives the bot."""

    def intent(self) -> Intent | None:
        """The order that is under way."""
        ...

    def last_client_id(self) -> str:
        """Of the newest order; empty if there was none."""
        ...

    def begin(self, intent: Intent) -> None:
        """Remember an order before it is sent."""
        ...

    def placed(self, order_id: str, intent: Intent) -> None:
        """It has an id."""
        ...

    def finish(self, order: Order | None, position: Position, entry: Mapping[str, str]) -> None:
        """The order is over (None: it never began): all of it, or nothing, is written."""
        ...

    def position(self) -> Position | None:
        """The newest one."""
        ...

    def keep(self, position: Position) -> None:
        """A position without an order: the first one."""
        ...
