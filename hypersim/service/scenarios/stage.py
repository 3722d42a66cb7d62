"""Where a scenario is played."""

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol

from hypersim.market.candle import Interval
from hypersim.market.instrument import Instrument
from hypersim.service.engine import Engine
from hypersim.service.held import HeldMarkets
from hypersim.service.manual_price import ManualPrices
from hypersim.service.record import Archive
from hypersim.service.scenarios.troubles import Troubles


class CannotBe(ValueError):
    """What this exchange cannot take as it is; the message says why, and `key` where it stands."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class Told(NamedTuple):
    """Candles of a market from before that time: a file of them, or its text."""

    instrument: Instrument
    interval: Interval
    source: Path | str
    before_ms: int


class Pasts(Protocol):
    """Keeps what a scenario tells of the time before it. Raises FeedUnavailable."""

    def has(self, instrument: Instrument) -> bool:
        """Whether anything is told of this market."""
        ...

    async def give(self, told: Told, *, replaces: bool) -> None:
        """Keep it: in place of what is known of the market, or only where it is just that."""
        ...

    async def last_close(self, instrument: Instrument) -> Decimal:
        """The price with which what was told of a market ends."""
        ...


class Stage(NamedTuple):
    """Where it happens. `held` are the markets of which the feed is not listened to; `pasts` are
    for a feed whose markets have none by themselves."""

    engine: Engine
    prices: ManualPrices
    held: HeldMarkets
    archive: Archive
    troubles: Troubles
    pasts: Pasts | None = None

    def symbol(self, text: str) -> str:
        """BTC/USDT for any spelling of it. Raises CannotBe."""
        symbol = self.engine.view.symbol(text)
        if symbol is None:
            raise CannotBe(f"there is no symbol {text[:40]!r}; GET /admin/instruments lists them")
        return symbol

    def instrument(self, text: str) -> Instrument:
        """Raises CannotBe."""
        return self.engine.view.instruments[self.symbol(text)]

    def release(self, symbol: str) -> None:
        """The feed is listened to again."""
        self.held.release(symbol, self.engine.clock.now_ms())

    def account_id(self, user: str) -> int | None:
        """Whose email or id that is; None where it is nobody's."""
        view = self.engine.view
        account_id = view.account_ids.get(user.lower())
        if account_id is None and user.isascii() and user.isdigit():
            account_id = int(user[:18])
        return account_id if account_id in view.users else None
