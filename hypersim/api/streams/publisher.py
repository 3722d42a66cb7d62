"""Pushes the market's streams: one publisher for all connections of a dialect.

A topic has a source only while somebody listens to it. What happens (trades, the best prices) is
looked at when the bus hands over what was committed; what is a state, or the difference between
two, when the exchange's clock says so. Both find the read side as it stands, and remember how far
they have told it, so that nothing is told twice or left out.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from hypersim.api.services import Services
from hypersim.api.sockets.serving import Session
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.audience import Audience
from hypersim.api.streams.disturbing import Passing, PushFaults
from hypersim.api.streams.push import Push
from hypersim.api.streams.sources import EVERY_MARKET, MarketNews, Missed, Opened
from hypersim.faults import About
from hypersim.service.armed import Pushed
from hypersim.service.contents import Data
from hypersim.service.transaction import Transaction
from hypersim.service.watch.facts import Follows, Gap
from hypersim.service.watch.watch import Watch
from hypersim.trading.events import Event, InstrumentChanged, MarketMoved, OrderEvent, OrdersClosed

TICK_MS = 100
"""Timed sources are looked at this often at most."""

PAUSE_S = 0.005
"""However fast the exchange's clock runs, they are not looked at more often."""

T = TypeVar("T", bound=Hashable)
K = TypeVar("K", bound=Hashable)
E = TypeVar("E")

log = structlog.get_logger(__name__)


class Reader(Session, Generic[K]):
    """A client of a dialect, of one of its kinds."""

    def __init__(self, socket: Socket, kind: K) -> None:
        super().__init__(socket)
        self.kind = kind


class Words(ABC, Generic[T, E, K]):
    """What a dialect says of a topic `T` to a kind of client `K`."""

    moved: Collection[str] = ()
    """The symbols whose book or trades may have changed since the last look."""

    @abstractmethod
    async def open(self, topics: Iterable[T]) -> Mapping[T, Opened[E, T]]:
        """Their sources; none for what is no topic, or of no symbol that is listed. May take time,
        where memory does not reach back far enough."""

    @abstractmethod
    def write(self, topic: T, event: E, kind: K) -> bytes:
        """The frame."""

    @abstractmethod
    def news(self, topic: T, event: E) -> MarketNews[E]:
        """What an event is about: what faults tell it by."""

    @abstractmethod
    def about(self, topic: T) -> tuple[Data, str | None] | None:
        """What a topic is of, and of which symbol, None for all; None for no topic."""


class Publisher(Generic[T, E, K]):
    """Who listens to what, and the tasks that tell them."""

    name = "wake-ups of streams"

    def __init__(self, services: Services, words: Words[T, E, K]) -> None:
        self.audience: Audience[T, Reader[K]] = Audience()
        self._engine = services.engine
        self._watch = watch = services.watch
        faults, clock = services.faults, services.engine.clock
        self._faults = PushFaults(faults, clock, is_watched=watch is not None)
        self._words = words
        self._opened: dict[T, Opened[E, T]] = {}
        self._woken: defaultdict[str | int, dict[T, Opened[E, T]]] = defaultdict(dict)
        self._has_new = asyncio.Event()
        self._looked_ms = 0
        self._is_ticking = False

    @property
    def open_topics(self) -> set[T]:
        """Those that are worked on."""
        return set(self._opened)

    async def run(self) -> None:
        """What is not woken by what is committed, until canceled."""
        await self._open_late()

    async def open(self, topics: Iterable[T]) -> Mapping[T, Opened[E, T]]:
        """Sources of the topics that nobody listens to yet."""
        return await self._words.open([topic for topic in topics if topic not in self._opened])

    def join(self, reader: Reader[K], topic: T, opened: Mapping[T, Opened[E, T]]) -> None:
        """Listen to one more from now on; what is a state is shown at once."""
        self.audience.add(reader, topic)
        self._note_following(reader, topic, is_on=True)
        one = self._opened.get(topic) or opened.get(topic)
        if one is not None:
            self._add(topic, one)
            self._push(topic, one.source.current(self._engine.clock.now_ms()), [reader])

    def leave(self, reader: Reader[K], topic: T) -> None:
        """Listen no more."""
        self.audience.remove(reader, topic)
        self._note_following(reader, topic, is_on=False)
        if topic in self._opened and not self.audience.readers_of(topic):
            wake = self._opened.pop(topic).wake
            del self._woken[wake][topic]
            if not self._woken[wake]:
                del self._woken[wake]

    def leave_all(self, reader: Reader[K]) -> None:
        """The client is gone."""
        for topic in self.audience.topics_of(reader):
            self.leave(reader, topic)

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        if not self.audience.heard:
            return
        events = [event for one in transactions for event in one.events]
        self._words.moved = self._moved(events)
        self._look(*self._words.moved, EVERY_MARKET)
        if any(isinstance(event, InstrumentChanged) and event.is_new for event in events):
            self._has_new.set()

    def begin_again(self) -> None:
        """See `Follower`. Markets go on as they are."""

    def miss(self) -> None:
        """See `Follower`. The sources know how far they had come; they need the events as a wake-up
        only."""
        self._words.moved = list(self._engine.view.markets)
        self._look(*self._words.moved, EVERY_MARKET)

    async def _open_late(self) -> None:
        """Somebody may have been waiting for a symbol that has just been listed."""
        while True:
            await self._has_new.wait()
            self._has_new.clear()
            for topic, one in (await self.open(self.audience.topics())).items():
                readers = self.audience.readers_of(topic)
                if topic not in self._opened and readers:
                    self._add(topic, one)
                    self._push(topic, one.source.current(self._engine.clock.now_ms()), readers)

    def _look_later(self) -> None:
        """At the next moment at which a timed source may have something new, while there is one;
        now, if that is over."""
        self._is_ticking = any(isinstance(wake, int) for wake in self._woken)
        if not self._is_ticking:
            return
        clock, looked_ms = self._engine.clock, self._looked_ms
        tick_ms = looked_ms - looked_ms % TICK_MS + TICK_MS
        if tick_ms > clock.now_ms():
            clock.at(tick_ms, self._tick)
        else:
            self._tick()

    def _tick(self) -> None:
        clock, looked_ms = self._engine.clock, self._looked_ms
        now_ms = self._looked_ms = clock.now_ms()
        speeds = [wake for wake in self._woken if isinstance(wake, int)]
        self._look(*(one for one in speeds if now_ms // one != looked_ms // one))
        if clock.passes_by_itself:
            # However fast time runs, a moment of the wall's clock lies between two looks.
            asyncio.get_running_loop().call_later(PAUSE_S, self._look_later)
        else:
            self._look_later()

    def _look(self, *wakes: str | int) -> None:
        """Have the sources that these wake say what is new."""
        now_ms = self._engine.clock.now_ms()
        woken = [
            found for wake in wakes if wake in self._woken for found in self._woken[wake].items()
        ]
        woken.sort(key=_rank)
        for topic, one in woken:
            try:
                events = one.source.poll(now_ms)
            except Missed:
                self._drop(topic, "too much happened at once")
            except Exception as bug:
                self._drop(topic, "a bug", exc_info=bug)
            else:
                if events:
                    self._push(topic, events, self._readers_of(topic, one.wider))

    def _readers_of(self, topic: T, wider: T | None) -> Collection[Reader[K]]:
        readers = self.audience.readers_of(topic)
        if wider is None:
            return readers
        told = set(self.audience.readers_of(wider))
        return [reader for reader in readers if reader not in told]

    def _push(self, topic: T, events: Iterable[E], readers: Iterable[Reader[K]]) -> None:
        for event in events:
            push = self._push_of(topic, event)
            if self._faults.is_on:
                self._push_disturbed(topic, event, push, readers)
                continue
            for reader in readers:
                reader.socket.push(push.frame(reader.kind))

    def _push_of(self, topic: T, event: E) -> Push[K]:
        return Push(partial(self._words.write, topic, event))

    def _push_disturbed(
        self, topic: T, event: E, push: Push[K], readers: Iterable[Reader[K]]
    ) -> None:
        """The same with what goes wrong."""
        news, about = self._words.news(topic, event), About.MARKET
        if news.is_difference:
            about |= About.DIFFERENCE
        if news.crossed is not None:
            about |= About.SIDES
            crossed = self._push_of(topic, news.crossed)
        else:
            crossed = push
        for reader in readers:
            socket, kind = reader.socket, reader.kind
            pushed = Pushed(about, socket.dialect, reader.keys, news.symbol)
            passing = Passing(socket, push.frame(kind), partial(crossed.frame, kind))
            if self._watch is not None and news.is_difference and news.symbol:
                note = partial(self._note, self._watch, reader, news.symbol)
                passing = passing._replace(noticed=note)
            self._faults.push(pushed, passing)

    def _note(self, watch: Watch, reader: Reader[K], symbol: str, is_told: bool) -> None:
        handshake = reader.socket.handshake
        if not is_told and handshake is not None:
            watch.at(handshake.address, Gap(reader, handshake, symbol, watch.now()))

    def _note_following(self, reader: Reader[K], topic: T, *, is_on: bool) -> None:
        watch, handshake = self._watch, reader.socket.handshake
        if watch is None or handshake is None:
            return
        about = self._words.about(topic)
        if about is not None:
            watch.at(handshake.address, Follows(reader, *about, is_on, watch.now()))

    def _drop(self, topic: T, why: str, **more: Any) -> None:
        log.warning("stream clients dropped", why=why, stream=topic, **more)
        for reader in self.audience.readers_of(topic):
            reader.socket.cut_off()
            self.leave_all(reader)

    def _add(self, topic: T, one: Opened[E, T]) -> None:
        self._opened[topic] = self._woken[one.wake][topic] = one
        if isinstance(one.wake, int) and not self._is_ticking:
            self._looked_ms = self._engine.clock.now_ms()
            self._look_later()

    def _moved(self, events: Iterable[Event]) -> Collection[str]:
        """Symbols whose book or trades may have changed, in order."""
        shows_orders = self._engine.view.shown is not None
        moved: dict[str, None] = {}
        for event in events:
            if isinstance(event, MarketMoved):
                moved[event.event.symbol] = None
            elif shows_orders and isinstance(event, OrderEvent):
                moved[event.order.symbol] = None
            elif shows_orders and isinstance(event, OrdersClosed):
                moved |= dict.fromkeys(order.symbol for order in event.orders)
        return moved


def _rank(found: tuple[Any, Opened[Any, Any]]) -> int:
    return found[1].rank
