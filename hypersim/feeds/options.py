"""What every feed is built from."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from hypersim.feeds.choice_of_symbols import Choice
from hypersim.market.candle import Candle, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import Clock
from hypersim.service.feed import FROM_THE_BEGINNING, FeedPosition
from hypersim.service.first_seen import FirstMinute

FirstMinuteOf = Callable[[str], Awaitable[FirstMinute | None]]


class Past(Protocol):
    """What happened in markets before their first price here, each told as a `Feed` tells it."""

    def has(self, instrument: Instrument) -> bool:
        """Whether anything is told of this market."""
        ...

    async def history(
        self, instrument: Instrument, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """See `Feed`."""
        ...

    async def trades(
        self,
        instrument: Instrument,
        *,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int,
        limit: int,
    ) -> list[PublicTrade]:
        """See `Feed`."""
        ...

    async def beginning_ms(self, instrument: Instrument) -> int | None:
        """See `Feed`."""
        ...


class SyntheticProfile(msgspec.Struct, frozen=True, gc=False):
    """What the synthetic feed makes of an instrument: prices wander around `price` (in quote), and
    about `volume` (in base) is traded in a day. `listed_ms` is when its first trade is, where it is
    known when the real market began."""

    price: Decimal
    volume: Decimal
    listed_ms: int | None = None


async def _never_seen(symbol: str) -> FirstMinute | None:
    del symbol
    return None


class FeedOptions(msgspec.Struct, frozen=True):
    """Everything that a feed may need; each takes what concerns it.

    `argument` is what stands after the colon in `replay:PATH` or `ccxt:kraken`, else empty. `say`
    takes progress lines for a human who waits. What was up to `position` was told
    before the exchange was stopped: a feed that plays or makes up goes on after it. `first_minute`
    tells the first minute of a symbol that was seen here. `profiles` are by symbol; for an
    instrument that has none the synthetic feed takes the packaged figures, or makes some up.
    `choice` is which symbols are listed: of a venue's, or of `instruments`; None means all of
    `instruments`. `books` tells a feed of many markets which books somebody looks at. `given` are
    pasts for markets whose feed has none by itself.
    """

    clock: Clock
    say: Callable[[str], None]
    argument: str = ""
    seed: int = 7
    instruments: tuple[Instrument, ...] = ()
    binance_api_url: str = "https://api.binance.com"
    update_interval_ms: int = 1_000
    position: FeedPosition = FROM_THE_BEGINNING
    first_minute: FirstMinuteOf = _never_seen
    profiles: Mapping[str, SyntheticProfile] = {}
    choice: Choice | None = None
    books: BookDemand = msgspec.field(default_factory=BookDemand)
    given: Past | None = None
