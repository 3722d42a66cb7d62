"""The same requests under the same faults: each socket is told the same, to the byte."""

from typing import Any

import pytest

from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.choices import DIALECTS
from hypersim.service.simulated_clock import Mode
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import ALICE, AT_MARKET, RESTING, stand_of
from tests.support.dialects.words import Topic

FAULTS: list[tuple[dict[str, Any], float]] = [
    ({"userData": "duplicate"}, 0.2),
    ({"userData": "drop"}, 0.1),
    ({"userData": "reorder"}, 0.2),
    ({"userData": {"delayMs": {"median": 200, "sigma": 1.0}}}, 0.3),
    ({"marketData": "gap"}, 0.2),
    ({"marketData": "stale"}, 0.1),
    ({"marketData": "crossed"}, 0.2),
    ({"socket": {"silentS": 0.3}}, 0.05),
]
ROUNDS = 20


async def session(name: str) -> tuple[list[Any], list[int]]:
    """What three sockets are told of orders and moves of the market, and how often each fault
    hit."""
    async with stand_of(adapter_of(name)) as stand:
        stand.clock.set(Mode.PAUSED, 0)
        for do, probability in FAULTS:
            fault = {"do": do, "match": {"probability": probability}}
            assert (await stand.exchange.admin.post("/admin/faults", json=fault)).status_code == 200
        listeners = [
            await stand.follow(topic) for topic in (Topic.ACCOUNT, Topic.BOOK, Topic.ACCOUNT)
        ]
        told: list[list[Any]] = [[] for _ in listeners]
        for step in range(ROUNDS):
            await stand.move(stand.price(step))
            order = AT_MARKET if step % 2 else RESTING
            await stand.place(ALICE, order._replace(client_id=f"order-{step}"))
            stand.clock.move_to(stand.clock.now_ms() + 100)
            for heard, listener in zip(told, listeners, strict=True):
                heard += [push.frame for push in await listener.heard()]
        return told, [armed.hits for armed in stand.exchange.services.faults.listed]


@pytest.mark.parametrize("name", dialect_names(DIALECTS))
async def test_each_socket_is_told_the_same_again(name: str) -> None:
    told, hits = await session(name)
    assert (told, hits) == await session(name)
    assert all(told)
    # The native API tells books whole: there are no gaps in them.
    assert hits.count(0) == (name == "native")
