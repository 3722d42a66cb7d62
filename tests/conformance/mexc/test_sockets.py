"""What MEXC's sockets say of channels that are not there, of too many, and of a book's versions."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from hypersim.dialects.mexc.streams.channels import INTERVALS, LEVELS
from hypersim.dialects.mexc.streams.server import CHANNELS_MAX
from tests.support.dialects.mexc import ADAPTER
from tests.support.dialects.stand import ALICE, Stand, stand_of
from tests.support.dialects.words import Topic

UNKNOWN = [
    "spot@public.aggre.deals.v3.api.pb@100ms@NOTHING",
    "spot@public.aggre.deals.v3.api.pb@BTCUSDT",
    "spot@private.orders.v3.api.pb",
]
ZONES = [f"UTC+{hours}" for hours in range(15)]
MANY = [
    *(f"spot@public.kline.v3.api.pb@BTCUSDT@{interval}" for interval in INTERVALS),
    *(f"spot@public.limit.depth.v3.api.pb@BTCUSDT@{levels}" for levels in LEVELS),
    *(f"spot@public.miniTicker.v3.api.pb@BTCUSDT@{zone}" for zone in ZONES),
    "spot@public.miniTickers.v3.api.pb@24H",
    "spot@public.bookTicker.batch.v3.api.pb@BTCUSDT",
]


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """An exchange that speaks MEXC."""
    async with stand_of(ADAPTER) as made:
        yield made


@pytest.mark.parametrize("name", UNKNOWN)
async def test_a_channel_that_is_not_there_is_named_in_the_refusal(stand: Stand, name: str) -> None:
    answer = await stand.listener(Topic.TRADES).ask({"method": "SUBSCRIPTION", "params": [name]})
    assert ADAPTER.is_refusal(answer) and name in answer["msg"]


async def test_a_socket_follows_thirty_channels_and_no_more(stand: Stand) -> None:
    listener = stand.listener(Topic.TRADES)
    assert len(MANY) == CHANNELS_MAX
    answer = await listener.ask({"method": "SUBSCRIPTION", "params": MANY})
    assert answer == {"id": 0, "code": 0, "msg": ",".join(MANY)}
    (more,) = ADAPTER.subscribe(Topic.TRADES, stand.signer(ALICE))
    answer = await listener.ask(more)
    assert ADAPTER.is_refusal(answer) and "30" in answer["msg"]


async def test_each_version_of_a_book_begins_after_the_one_before(stand: Stand) -> None:
    listener = await stand.follow(Topic.BOOK)
    for step in range(5):
        await stand.move(stand.price(step))
    depths = [push.frame for push in await listener.heard()]
    assert len(depths) >= 5
    for before, one in pairwise(depths):
        assert int(one.fromVersion) == int(before.toVersion) + 1


async def test_an_unreadable_message_is_answered(stand: Stand) -> None:
    listener = stand.listener(Topic.TRADES)
    messages: list[object] = [{"method": "DANCE"}, {"params": []}, [], {"method": 1}]
    for message in messages:
        assert (await listener.ask(message))["code"] == 1
    assert (await listener.ask({"method": "ping"}))["msg"] == "PONG"
