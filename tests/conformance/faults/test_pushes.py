"""Every fault of a push and of a socket, in every dialect, over the WebSocket API and streams."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from hypersim.service.simulated_clock import Mode
from tests.conformance.faults.roads import (
    NO_DIFFERENCES,
    NO_WEBSOCKET_API,
    Road,
    account_listener,
)
from tests.support.asgi_peer import Peer, scope_of
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.listener import Listener
from tests.support.dialects.stand import ALICE, CENT, RESTING, Stand, stand_of
from tests.support.dialects.words import Push, Topic

USER_DATA: list[tuple[dict[str, Any], list[str]]] = [
    ({"userData": "duplicate"}, ["1", "funds", "2", "2", "funds", "3", "funds"]),
    ({"userData": "drop"}, ["1", "funds", "funds", "3", "funds"]),
    ({"userData": "reorder"}, ["1", "funds", "funds", "2", "3", "funds"]),
    ({"userData": {"delayMs": 700}}, ["1", "funds", "funds", "3", "funds", "later", "2"]),
]
"""What is told of three orders when the third push is hit."""

SOCKET: list[dict[str, Any]] = [
    {"socket": "close"},
    {"socket": "freeze"},
    {"socket": "refuse"},
    {"socket": {"silentS": 2}},
]
MARKET_DATA: list[dict[str, Any]] = [
    {"marketData": "gap"},
    {"marketData": "stale"},
    {"marketData": "crossed"},
]


@pytest.fixture(params=dialect_names(DIALECTS))
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    """Speaks a dialect that has sockets. Its time stands still unless it is moved: nothing waits
    for the wall's clock then."""
    async with stand_of(adapter_of(request.param)) as made:
        made.clock.set(Mode.PAUSED, 0)
        yield made


@pytest.fixture(params=[Road.WEBSOCKET_API, Road.STREAM])
async def listener(request: pytest.FixtureRequest, stand: Stand) -> Listener:
    """Hears of Alice's account."""
    name = stand.adapter.dialect.name
    if request.param is Road.WEBSOCKET_API and name in NO_WEBSOCKET_API:
        pytest.skip(NO_WEBSOCKET_API[name])
    listener = await account_listener(stand, request.param)
    await listener.heard()
    return listener


@pytest.mark.parametrize(("do", "told"), USER_DATA, ids=str)
async def test_news_of_an_account_go_astray(
    stand: Stand, listener: Listener, do: dict[str, Any], told: list[str]
) -> None:
    await arm(stand, do, user="alice@example.com", nth=3)
    names: dict[str, str] = {}
    for number in "123":
        names[(await stand.place(ALICE, RESTING)).id] = number
    heard = [names.get(order_of(push), "funds") for push in await listener.heard()]
    stand.clock.move_to(stand.clock.now_ms() + 700)
    later = [names.get(order_of(push), "funds") for push in await listener.heard()]
    assert [*heard, *(["later", *later] if later else [])] == told
    assert await hits(stand) == [1]
    # What happened has happened.
    assert (await stand.holdings(ALICE))["USDT"][1] == 3 * 20_000


async def test_sockets_of_an_account_are_closed(stand: Stand, listener: Listener) -> None:
    market = await stand.follow(Topic.BOOK)
    await arm(stand, {"socket": "close"}, key=ALICE.key)
    await listener.ended()
    assert listener.peer.close_code is None
    assert await hits(stand) == [1]
    await market.heard()


async def test_a_frozen_socket_stays_open_and_says_nothing(
    stand: Stand, listener: Listener
) -> None:
    await arm(stand, {"socket": "freeze"}, key=ALICE.key)
    listener.peer.ask(stand.adapter.ping(listener.topic))
    await clear(stand)
    other = await stand.follow(Topic.ACCOUNT)
    await stand.place(ALICE, RESTING)
    await other.heard()
    assert listener.peer.is_empty
    assert not listener.serving.done()


async def test_a_silent_socket_still_answers(stand: Stand, listener: Listener) -> None:
    await arm(stand, {"socket": {"silentS": 2}}, dialect=stand.adapter.dialect.name)
    await stand.place(ALICE, RESTING)
    stand.clock.move_to(stand.clock.now_ms() + 1_999)
    assert await listener.heard() == []
    stand.clock.move_to(stand.clock.now_ms() + 1)
    order = await stand.place(ALICE, RESTING)
    assert [order_of(push) for push in await listener.heard()] == [order.id, ""]


async def test_what_is_cleared_stops_at_once(stand: Stand, listener: Listener) -> None:
    await arm(stand, {"socket": {"silentS": 60}})
    await stand.place(ALICE, RESTING)
    assert await listener.heard() == []
    await clear(stand)
    order = await stand.place(ALICE, RESTING)
    assert [order_of(push) for push in await listener.heard()] == [order.id, ""]


@pytest.mark.parametrize("road", [Road.WEBSOCKET_API, Road.STREAM])
async def test_a_handshake_is_refused(stand: Stand, road: Road) -> None:
    name = stand.adapter.dialect.name
    if road is Road.WEBSOCKET_API and name in NO_WEBSOCKET_API:
        pytest.skip(NO_WEBSOCKET_API[name])
    topic = Topic.ACCOUNT if road is Road.WEBSOCKET_API else Topic.BOOK
    before = await stand.follow(topic)
    await arm(stand, {"socket": "refuse"}, dialect=name, times=1)
    peer = Peer()
    await stand.mounted.app(scope_of(stand.adapter.path(topic)), peer.receive, peer.send)
    assert peer.refused == 503
    await before.heard()
    await stand.follow(topic)


UPDATES: dict[str, Callable[[Any], tuple[int, int]]] = {
    "binance": lambda frame: (frame["U"], frame["u"]),
    "mexc": lambda frame: (int(frame.fromVersion), int(frame.toVersion)),
}
"""The first and the last update that a difference tells of."""


async def test_a_difference_of_a_book_is_left_out(stand: Stand) -> None:
    name = stand.adapter.dialect.name
    if name in NO_DIFFERENCES:
        pytest.skip(NO_DIFFERENCES[name])
    listener = await stand.follow(Topic.BOOK)
    await arm(stand, {"marketData": "gap"}, symbol="BTC/USDT", nth=2)
    frames = [push.frame for push in await moved(stand, listener, 3)]
    assert len(frames) == 2
    (_, last), (first, _) = (UPDATES[name](frame) for frame in frames)
    assert first > last + 1


async def test_a_market_stands_still_in_what_is_pushed(stand: Stand) -> None:
    book, trades = await stand.follow(Topic.BOOK), await stand.follow(Topic.TRADES)
    await book.heard()
    await arm(stand, {"marketData": "stale"}, symbol="BTC/USDT")
    await stand.move(stand.price(7))
    assert await moved(stand, book, 2) == await trades.heard() == []
    await clear(stand)
    assert len(await moved(stand, book, 1)) == 1
    await stand.move(stand.price(8))
    assert [push.trade_price for push in await trades.heard()] == [stand.price(8)]


async def test_a_book_is_crossed_in_one_push(stand: Stand) -> None:
    listener = await stand.follow(Topic.BOOK)
    snapshot = await stand.done(stand.adapter.book())
    await listener.heard()
    await arm(stand, {"marketData": "crossed"}, symbol="BTC/USDT", nth=2)
    pushes = await moved(stand, listener, 3)
    are_crossed = [
        max(bids) > min(asks)
        for bids, asks in (
            stand.adapter.followed(snapshot, pushes[: number + 1]) for number in range(3)
        )
    ]
    # Who follows a book by its differences has it crossed until it takes another snapshot.
    assert are_crossed == [False, True, stand.adapter.dialect.name not in NO_DIFFERENCES]


async def test_other_symbols_dialects_and_users_are_spared(
    stand: Stand, listener: Listener
) -> None:
    book = await stand.follow(Topic.BOOK)
    await book.heard()
    other = next(name for name in dialect_names(DIALECTS) if name != stand.adapter.dialect.name)
    for match in ({"symbol": "ETH/USDT"}, {"dialect": other}, {"user": "bob@example.com"}):
        for do in ({"userData": "drop"}, {"socket": "close"}, {"marketData": "stale"}):
            await arm(stand, do, **match)
    await stand.place(ALICE, RESTING)
    assert len(await listener.heard()) == 2
    assert len(await moved(stand, book, 1)) == 1
    assert not any(await hits(stand))


def order_of(push: Push) -> str:
    """Whose news it is; nothing for what is about funds."""
    return "" if push.order is None else push.order.id


async def moved(stand: Stand, listener: Listener, times: int) -> list[Push]:
    """What is told of so many other books."""
    pushes: list[Push] = []
    for step in range(1, times + 1):
        price, size = stand.price(step), Decimal(step)
        await stand.show(((price - CENT, size),), ((price + CENT, size),))
        stand.clock.move_to(stand.clock.now_ms() + 100)
        pushes += await listener.heard()
    return pushes


async def arm(stand: Stand, do: dict[str, Any], **match: Any) -> None:
    """Over the admin API."""
    fault = {"do": do, "match": match}
    answer = await stand.exchange.admin.post("/admin/faults", json=fault)
    assert answer.status_code == 200, answer.text
    await asyncio.sleep(0)


async def clear(stand: Stand) -> None:
    """Nothing goes wrong any more."""
    assert (await stand.exchange.admin.delete("/admin/faults")).status_code == 200


async def hits(stand: Stand) -> list[int]:
    """Of each fault."""
    answer = await stand.exchange.admin.get("/admin/faults")
    return [fault["hits"] for fault in answer.json()["faults"]]
