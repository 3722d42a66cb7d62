"""Pushes the market's streams: one publisher for all connections.

A stream has a source only while somebody listens to it. What happens (trades, the best prices) is
looked at when the bus hands over what was committed, what is a state or a difference between states
when the exchange's clock says so; both find the read side as it stands. A frame is written once for
all clients of a kind.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import structlog

from hypersim.api.sockets import Audience, CloseCode
from hypersim.dialects.binance.operations import Venue
from hypersim.dialects.binance.streams_catalog import Catalog
from hypersim.dialects.binance.streams_names import FAST_MS, INSTANT_MS
from hypersim.dialects.binance.streams_session import Push, StreamSession
from hypersim.dialects.binance.streams_sources import Missed, Payload, Source
from hypersim.trading.events import Event, InstrumentChanged, MarketMoved, OrderEvent, OrderFilled

PAUSE_S = 0.005
"""However fast the exchange's clock runs, the streams are not looked at more often."""

log = structlog.get_logger(__name__)


class Publisher:
    """Who listens to what, and the tasks that tell them."""

    def __init__(self, venue: Venue) -> None:
        self.audience: Audience[str, StreamSession] = Audience()
        self._venue = venue
        self._engine = venue.services.engine
        self._catalog = Catalog(venue)
        self._sources: dict[str, Source] = {}
        self._instant: defaultdict[str, dict[str, Source]] = defaultdict(dict)
        self._timed: defaultdict[int, dict[str, Source]] = defaultdict(dict)
        self._has_timed = asyncio.Event()

    async def run(self) -> None:
        """Push until canceled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._keep_time())

    async def open(self, names: Iterable[str]) -> dict[str, Source]:
        """Sources of the streams that nobody listens to yet. Names of no stream have none, nor has
        a symbol that is not listed."""
        opened = {}
        for name in names:
            if name not in self._sources:
                source = await self._catalog.source_of(name)
                if source is not None:
                    opened[name] = source
        return opened

    def join(self, session: StreamSession, name: str, opened: dict[str, Source]) -> None:
        """Listen from now on; what is a state is shown at once."""
        if name in self.audience.topics_of(session):
            return
        self.audience.add(session, name)
        if name not in self._sources and name in opened:
            self._add(name, opened[name])
        source = self._sources.get(name)
        if source is not None:
            for payload in source.current(self._venue.now_ms()):
                session.push(Push(name, payload))

    def leave(self, session: StreamSession, name: str) -> None:
        """Listen no more."""
        self.audience.remove(session, name)
        if not self.audience.readers_of(name):
            self._remove(name)

    def leave_all(self, session: StreamSession) -> None:
        """The client is gone."""
        for name in self.audience.topics_of(session):
            self.leave(session, name)

    def _add(self, name: str, source: Source) -> None:
        self._sources[name] = source
        symbol, speed_ms = self._catalog.schedule_of(name)
        if speed_ms == INSTANT_MS:
            self._instant[symbol][name] = source
        else:
            self._timed[speed_ms][name] = source
            self._has_timed.set()

    def _remove(self, name: str) -> None:
        if self._sources.pop(name, None) is None:
            return
        symbol, speed_ms = self._catalog.schedule_of(name)
        index, key = (self._instant, symbol) if speed_ms == INSTANT_MS else (self._timed, speed_ms)
        del index[key][name]
        if not index[key]:
            del index[key]
