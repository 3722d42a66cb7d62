"""One publisher for any dialect: written once for each kind of client, in order, and never waiting
for a reader."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, cast

import pytest

from hypersim.api.sockets import socket as sockets
from hypersim.api.sockets.socket import Socket
from hypersim.api.streams.followers import follow
from hypersim.api.streams.publisher import Publisher, Reader, Words
from hypersim.api.streams.sources import EVERY_MARKET, MarketNews, Missed, Opened, Source
from hypersim.edge.sockets.control import CloseCode
from hypersim.market.events import TradePrinted
from hypersim.service.clock import WallClock
from hypersim.service.outboxes import Outboxes
from tests.support.http_line import until
from tests.support.memory_exchange import MemoryExchange, memory_exchange

SYMBOL = "BTC/USDT"
RANKS = {"late": 2, "early": 1}


class Looks(Source[int]):
    """Tells how often it was looked at."""

    def __init__(self) -> None:
        self.looks = 0
        self.failure: Exception | None = None

    def poll(self, now_ms: int) -> Sequence[int]:
        del now_ms
        if self.failure is not None:
            raise self.failure
        self.looks += 1
        return [self.looks]

    def current(self, now_ms: int) -> Sequence[int]:
        del now_ms
        return [self.looks]


class Numbers(Words[str, int, bool]):
    """Topics of numbers, in words for those who like them loud and for the others."""

    def __init__(self) -> None:
        self.sources: dict[str, Looks] = {}
        self.written: Counter[tuple[str, int, bool]] = Counter()

    async def open(self, topics: Iterable[str]) -> dict[str, Opened[int, str]]:
        return {topic: self._open(topic) for topic in topics if topic != "unknown"}

    def write(self, topic: str, event: int, kind: bool) -> bytes:
        self.written[topic, event, kind] += 1
        return f"{topic} {event}{'!' if kind else ''}".encode()

    def news(self, topic: str, event: int) -> MarketNews[int]:
        del topic, event
        return MarketNews(None)

    def about(self, topic: str) -> None:
        del topic

    def _open(self, topic: str) -> Opened[int, str]:
        source = self.sources[topic] = Looks()
        wake = EVERY_MARKET if topic == "all" else 100 if topic == "timed" else SYMBOL
        wider = "all" if topic == "one" else None
        return Opened(source, wake, RANKS.get(topic, 0), wider)


class Stand(NamedTuple):
    """A publisher at work."""

    exchange: MemoryExchange
    words: Numbers
    publisher: Publisher[str, int, bool]

    async def listen(self, *topics: str, is_loud: bool = False) -> Reader[bool]:
        """A client that nobody serves: what it is told stays in its outbox."""
        reader = Reader(
            Socket({}, cast(Any, None), cast(Any, None), Outboxes(), WallClock()), is_loud
        )
        opened = await self.publisher.open(topics)
        for topic in topics:
            self.publisher.join(reader, topic, opened)
        reader.socket._frames.clear()
        return reader

    async def move(self, moves: int = 1) -> None:
        """So many batches, each told."""
        engine = self.exchange.engine
        for _ in range(moves):
            trade = TradePrinted(SYMBOL, engine.clock.now_ms(), Decimal(1), Decimal(1), True)
            await engine.move_market(trade)
            await engine.settled()
        await engine.bus.all_handled(engine.bus.position)


def told(reader: Reader[bool]) -> list[str]:
    return [frame.decode() for frame in reader.socket._frames]


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with memory_exchange() as exchange:
        words = Numbers()
        publisher = Publisher(exchange.services, words)
        works = (follow(exchange.engine, publisher), publisher.run())
        running = [asyncio.create_task(work) for work in works]
        await asyncio.sleep(0)
        yield Stand(exchange, words, publisher)
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def test_a_frame_is_written_once_for_each_kind_of_client(stand: Stand) -> None:
    quiet = [await stand.listen("numbers") for _ in range(3)]
    loud = await stand.listen("numbers", is_loud=True)
    stand.words.written.clear()
    await stand.move()
    assert [told(reader) for reader in (*quiet, loud)] == [["numbers 1"]] * 3 + [["numbers 1!"]]
    assert set(stand.words.written.values()) == {1}


async def test_topics_that_wake_together_come_by_their_rank(stand: Stand) -> None:
    reader = await stand.listen("late", "first", "early", "unknown")
    await stand.move()
    assert told(reader) == ["first 1", "early 1", "late 1"]


async def test_who_hears_of_all_is_not_told_of_one_again(stand: Stand) -> None:
    both, one = await stand.listen("one", "all"), await stand.listen("one")
    await stand.move()
    assert told(both) == ["all 1"]
    assert told(one) == ["one 1"]


async def test_what_is_timed_waits_for_the_clock(stand: Stand) -> None:
    reader = await stand.listen("timed")
    await until(lambda: len(told(reader)) > 1)
    assert told(reader)[:2] == ["timed 1", "timed 2"]
    stand.publisher.leave_all(reader)
    assert stand.publisher.open_topics == set()


@pytest.mark.parametrize("failure", [Missed(), ValueError("a bug")])
async def test_a_topic_that_cannot_go_on_cuts_its_readers_off_and_no_others(
    stand: Stand, failure: Exception
) -> None:
    reader, other = await stand.listen("broken", "numbers"), await stand.listen("numbers")
    stand.words.sources["broken"].failure = failure
    await stand.move()
    assert reader.socket.is_closing and not other.socket.is_closing
    assert stand.publisher.open_topics == {"numbers"}
    assert told(other) == ["numbers 1"]


async def test_what_the_bus_counts_as_handled_lies_in_every_outbox_or_the_socket_is_dropped(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads, and nobody is waited for."""
    monkeypatch.setattr(sockets, "OUTBOX_FRAMES_MAX", 5)
    early = await stand.listen("numbers")
    for moves in range(1, 6):
        await stand.move()
        assert len(told(early)) == moves
    late = await stand.listen("numbers")
    await stand.move()
    assert early.socket.is_closing
    assert early.socket._closing.result()[0] is CloseCode.POLICY_VIOLATION
    assert told(late) == ["numbers 6"]
