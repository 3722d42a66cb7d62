"""Which books somebody looks at.

A venue has more books than one address may follow. A feed of many markets tells the best prices of
all, and the levels behind them where somebody looks: who reads a book, has an order in that market,
or is about to place one.
"""

import asyncio
import contextlib
from collections.abc import Callable

from hypersim.market.events import DepthUpdated, MarketEvent
from hypersim.service.errand import own_task
from hypersim.service.view import View
from hypersim.trading.commands import (
    Command,
    PlaceOrder,
    PlaceOrderList,
    PlaceStalled,
    ReplaceOrder,
)
from hypersim.trading.fills import FillModel

WAIT_S = 3.0
"""How long a first look waits for the whole book."""

IN_VAIN_S = 10.0
"""For how long nobody waits again for a book that did not come."""


class BookDemand:
    """Between those who look and the feed that brings. With a feed that tells every book all the
    time, nothing is ever `shallow` and looks cost nothing."""

    def __init__(self) -> None:
        self.shallow: set[str] = set()
        """Symbols of which only the best prices are known."""
        self.prints_all = True
        """Whether the feed tells the trades of all markets, or only where somebody looks."""
        self._bring: Callable[[str], None] | None = None
        self._looked_s: dict[str, float] = {}
        self._in_vain_s: dict[str, float] = {}
        self._coming: set[str] = set()
        self._arrival = asyncio.Event()

    @property
    def is_selective(self) -> bool:
        """Whether the feed has more markets than it follows in all depth."""
        return self._bring is not None

    def serve(self, bring: Callable[[str], None], *, prints_all: bool) -> None:
        """The feed brings the book of a symbol whenever `bring` is called."""
        self._bring = bring
        self.prints_all = prints_all

    def look(self, symbol: str) -> None:
        """Somebody looks at this book now, by the wall's clock: live feeds have no other."""
        if self._bring is None:
            return
        self._looked_s[symbol] = asyncio.get_running_loop().time()
        if symbol in self.shallow:
            self._bring(symbol)

    def is_looked_at(self, symbol: str, within_s: float) -> bool:
        """Whether somebody has looked in the last seconds of the wall's time."""
        looked_s = self._looked_s.get(symbol)
        return looked_s is not None and asyncio.get_running_loop().time() - looked_s < within_s

    async def whole(self, *symbols: str) -> None:
        """Look at these books; return once they are whole for every reader, or after `WAIT_S`
        of the wall's time."""
        for symbol in symbols:
            self.look(symbol)
        loop = asyncio.get_running_loop()
        awaited = {
            symbol
            for symbol in self.shallow.intersection(symbols)
            if loop.time() - self._in_vain_s.get(symbol, -IN_VAIN_S) >= IN_VAIN_S
        }
        if not awaited:
            return
        await own_task()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while not awaited.isdisjoint(self.shallow):
                    await self._arrival.wait()
        for symbol in awaited & self.shallow:
            self._in_vain_s[symbol] = loop.time()

    async def whole_for(self, command: Command, view: View, fills: FillModel) -> None:
        """Before an order is placed: where levels count, it meets the whole book, not the best
        prices alone."""
        asked = _placement_of(command)
        if isinstance(asked, PlaceOrder | PlaceOrderList) and (
            fills.reads_levels or _is_pegged_behind(asked)
        ):
            symbol = view.symbol(asked.symbol)
            if symbol is not None:
                await self.whole(symbol)

    def flatten(self, symbol: str) -> None:
        """From now on the feed tells the best prices alone."""
        self.shallow.add(symbol)
        self._coming.discard(symbol)

    def expect(self, symbol: str) -> None:
        """The feed begins with this market: its first depth event is the whole book."""
        self.shallow.add(symbol)
        self._coming.add(symbol)

    def send(self, symbol: str) -> None:
        """The feed hands over the whole book with its next depth event of the symbol."""
        if symbol in self.shallow:
            self._coming.add(symbol)

    def is_awaited(self, event: MarketEvent) -> bool:
        """Whether this is a whole book that was not there before."""
        return (
            bool(self._coming) and isinstance(event, DepthUpdated) and event.symbol in self._coming
        )

    def arrived(self, symbol: str) -> None:
        """Every reader sees the whole book."""
        self._coming.discard(symbol)
        self.shallow.discard(symbol)
        self._in_vain_s.pop(symbol, None)
        self._arrival.set()
        self._arrival = asyncio.Event()


def _is_pegged_behind(asked: PlaceOrder | PlaceOrderList) -> bool:
    """Whether one of the orders gets its price from a level behind the best one."""
    orders = asked.orders if isinstance(asked, PlaceOrderList) else (asked,)
    return any(order.peg is not None and order.peg.offset for order in orders)


def _placement_of(command: Command) -> Command:
    match command:
        case ReplaceOrder(place=order) | PlaceStalled(order=order):
            return order
        case _:
            return command
