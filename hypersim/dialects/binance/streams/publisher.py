"""Pushes the market's streams: one publisher for all connections.

A stream has a source only while somebody listens to it. What happens (trades, the best prices) is
looked at when the bus hands over what was committed; what is a state, or the difference between
two, when the exchange's clock says so. Both find the read side as it stands, and remember how far
they have told it, so that nothing is told twice or left out. A frame is written once for all
clients of a kind.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import structlog

from hypersim.api.sockets.socket import CloseCode
from hypersim.api.streams.audience import Audience
from hypersim.dialects.binance.streams.catalog import Catalog, Opened
from hypersim.dialects.binance.streams.names import FAST_MS, INSTANT_MS
from hypersim.dialects.binance.streams.session import Push, StreamSession
from hypersim.dialects.binance.streams.sources import Missed, Payload, Source
from hypersim.dialects.binance.venue import Venue
from hypersim.service.transaction import Transaction
from hypersim.trading.events import Event, InstrumentChanged, MarketMoved, OrderEvent, OrdersClosed

PAUSE_S = 0.005
"""However fast the exchange's clock runs, the streams are not looked at more often."""

K = TypeVar("K", str, int)

log = structlog.get_logger(__name__)


class Publisher:
    """Who listens to what, and what tells them. See `Follower`; `run` must run beside it."""

    name = "wake-ups of streams"

    def __init__(self, venue: Venue) -> None:
        self.audience: Audience[str, StreamSession] = Audience()
        self._venue = venue
        self._engine = venue.services.engine
        self._catalog = Catalog(venue)
        self._opened: dict[str, Opened] = {}
        self._instant: defaultdict[str, dict[str, Source]] = defaultdict(dict)
        self._timed: defaultdict[int, dict[str, Source]] = defaultdict(dict)
        self._has_timed = asyncio.Event()
        self._has_listed = asyncio.Event()

    @property
    def open_streams(self) -> set[str]:
        """The names of the streams that are worked on."""
        return set(self._opened)

    async def run(self) -> None:
        """Push until canceled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._open_late())
            tasks.create_task(self._keep_time())

    async def open(self, names: Iterable[str]) -> dict[str, Opened]:
        """Sources of the streams that nobody listens to yet. Names of no stream have none, nor has
        a symbol that is not listed."""
        unopened = [name for name in names if name not in self._opened]
        await self._catalog.bring_books(unopened)
        opened = {}
        for name in unopened:
            if name not in self._opened:
                one = await self._catalog.open(name)
                if one is not None:
                    opened[name] = one
        return opened

    def join(self, session: StreamSession, name: str, opened: dict[str, Opened]) -> None:
        """Listen to one more from now on; what is a state is shown at once."""
        self.audience.add(session, name)
        if name not in self._opened and name in opened:
            self._add(name, opened[name])
        one = self._opened.get(name)
        if one is not None:
            for payload in one.source.current(self._venue.now_ms()):
                session.push(Push(name, payload))

    def leave(self, session: StreamSession, name: str) -> None:
        """Listen no more."""
        self.audience.remove(session, name)
        if name in self._opened and not self.audience.readers_of(name):
            self._remove(name)

    def leave_all(self, session: StreamSession) -> None:
        """The client is gone."""
        for name in self.audience.topics_of(session):
            self.leave(session, name)

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        if not self._opened and not self.audience:
            return
        events = [event for one in transactions for event in one.events]
        for symbol in _moved(events):
            if symbol in self._instant:
                self._poll(self._instant[symbol])
        if any(isinstance(event, InstrumentChanged) and event.is_new for event in events):
            self._has_listed.set()

    def begin_again(self) -> None:
        """See `Follower`. Markets go on as they are."""

    def miss(self) -> None:
        """See `Follower`. The sources know how far they had come; they need the events as a wake-up
        only."""
        for symbol in list(self._instant):
            self._poll(self._instant[symbol])

    async def _open_late(self) -> None:
        """Somebody may have been waiting for a symbol that has just been listed."""
        while True:
            await self._has_listed.wait()
            self._has_listed.clear()
            waiting = [name for name in self.audience.topics() if name not in self._opened]
            try:
                self._begin(await self.open(waiting))
            except Exception:
                log.exception("streams of new symbols not opened")

    def _begin(self, opened: dict[str, Opened]) -> None:
        for name, one in opened.items():
            if name not in self._opened and self.audience.readers_of(name):
                self._add(name, one)
                self._push(name, one.source.current(self._venue.now_ms()))

    async def _keep_time(self) -> None:
        clock = self._engine.clock
        looked_ms = clock.now_ms()
        while True:
            await self._has_timed.wait()
            await clock.wait_until(looked_ms - looked_ms % FAST_MS + FAST_MS)
            now_ms = clock.now_ms()
            for speed_ms in list(self._timed):
                if now_ms // speed_ms != looked_ms // speed_ms:
                    self._poll(self._timed[speed_ms])
            looked_ms = now_ms
            if not self._timed:
                self._has_timed.clear()
            await asyncio.sleep(PAUSE_S)

    def _poll(self, sources: dict[str, Source]) -> None:
        now_ms = self._venue.now_ms()
        for name, source in list(sources.items()):
            try:
                payloads = source.poll(now_ms)
            except Missed:
                log.warning("stream clients dropped: too much happened at once", stream=name)
                self._drop(name)
                continue
            except Exception:
                log.exception("stream clients dropped", stream=name)
                self._drop(name)
                continue
            self._push(name, payloads)

    def _push(self, name: str, payloads: Sequence[Payload]) -> None:
        if payloads:
            readers = self.audience.readers_of(name)
            for payload in payloads:
                _push_all(readers, Push(name, payload))

    def _drop(self, name: str) -> None:
        for session in self.audience.readers_of(name):
            session.socket.close(CloseCode.TRY_AGAIN_LATER, "Too much happened; connect again")
            self.leave_all(session)

    def _add(self, name: str, one: Opened) -> None:
        self._opened[name] = one
        if one.speed_ms == INSTANT_MS:
            self._instant[one.symbol][name] = one.source
        else:
            self._timed[one.speed_ms][name] = one.source
            self._has_timed.set()

    def _remove(self, name: str) -> None:
        one = self._opened.pop(name)
        if one.speed_ms == INSTANT_MS:
            _forget(self._instant, one.symbol, name)
        else:
            _forget(self._timed, one.speed_ms, name)


def _push_all(readers: Iterable[StreamSession], push: Push) -> None:
    for session in readers:
        session.push(push)


def _moved(events: Iterable[Event]) -> dict[str, None]:
    """Symbols whose book or trades may have changed, in order."""
    moved: dict[str, None] = {}
    for event in events:
        if isinstance(event, MarketMoved):
            moved[event.event.symbol] = None
        elif isinstance(event, OrderEvent):
            moved[event.order.symbol] = None
        elif isinstance(event, OrdersClosed):
            moved |= dict.fromkeys(order.symbol for order in event.orders)
    return moved


def _forget(index: dict[K, dict[str, Source]], key: K, name: str) -> None:
    del index[key][name]
    if not index[key]:
        del index[key]
