"""Books told by differences, and listen keys: only Binance has these; and orders over its WebSocket
API."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support.asgi_peer import Peer, scope_of
from tests.support.binance_client import signature_of
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.listener import ADDRESS
from tests.support.dialects.stand import ALICE, RESTING, Stand, stand_of
from tests.support.dialects.words import Request, Topic
from tests.support.watched import arm, findings, requests, verdicts

PATH = "/api/v3/userDataStream"
HOUR_MS = 3_600_000


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """Speaks Binance's dialect."""
    async with stand_of(adapter_of("binance"), is_watched=True) as made:
        yield made


async def with_gap(stand: Stand) -> None:
    """Alice follows a book of which a difference was not told."""
    await stand.place(ALICE, RESTING)
    listener = await stand.follow(Topic.BOOK)
    await arm(stand, {"marketData": "gap"}, times=1)
    for price in (50_001, 50_002):
        await stand.move(Decimal(price))
        await stand.pass_time(200)
    await listener.heard_until(bool)


async def test_who_goes_on_with_a_gap_in_the_book_is_found(stand: Stand) -> None:
    await with_gap(stand)
    assert await verdicts(stand) == {}
    await stand.pass_time(11_000)
    (found,) = await findings(stand, "gap_not_resynced")
    assert "BTC/USDT" in found["text"]
    (handshake,) = (one for one in await requests(stand) if one["endpoint"] == "handshake")
    assert found["requests"] == [handshake["id"]]
    assert (handshake["path"], handshake["status"]) == ("/ws", 101)


async def test_who_reads_the_book_again_passes(stand: Stand) -> None:
    await with_gap(stand)
    await stand.ask(stand.adapter.book())
    await stand.pass_time(11_000)
    assert await verdicts(stand) == {}


async def test_who_reads_it_too_late_is_found_all_the_same(stand: Stand) -> None:
    await with_gap(stand)
    await stand.pass_time(11_000)
    await stand.ask(stand.adapter.book())
    await stand.pass_time(11_000)
    (found,) = await findings(stand, "gap_not_resynced")
    assert "for 11 s" in found["text"]


class Ear:
    """A socket that listens under a listen key of Alice's."""

    def __init__(self, stand: Stand, listen_key: str) -> None:
        self._peer = Peer()
        scope = scope_of(f"/ws/{listen_key}", ADDRESS)
        app = stand.mounted.app(scope, self._peer.receive, self._peer.send)
        self._serving = asyncio.ensure_future(app)

    async def joined(self) -> "Ear":
        await self._peer.list()
        return self

    async def hang_up(self) -> None:
        self._peer.hang_up()
        await asyncio.wait([self._serving])


async def listen(stand: Stand) -> tuple[str, Ear]:
    """A new listen key, or the same, and somebody who listens."""
    headers = {"X-MBX-APIKEY": ALICE.key}
    name = (await stand.done(Request("POST", PATH, headers))).body["listenKey"]
    return name, await Ear(stand, name).joined()


async def test_a_listen_key_that_runs_out_is_found(stand: Stand) -> None:
    _, ear = await listen(stand)
    await stand.pass_time(HOUR_MS + 1)
    assert len(await findings(stand, "listen_key_lapsed")) == 1
    await ear.hang_up()


async def test_a_listen_key_that_is_kept_alive_passes(stand: Stand) -> None:
    name, ear = await listen(stand)
    for _ in range(4):
        await stand.pass_time(HOUR_MS // 2)
        keep = Request("PUT", f"{PATH}?listenKey={name}", {"X-MBX-APIKEY": ALICE.key})
        await stand.done(keep)
    assert await verdicts(stand) == {}
    assert name not in str(await requests(stand))
    await ear.hang_up()


async def test_a_listen_key_that_nobody_listens_to_may_run_out(stand: Stand) -> None:
    _, ear = await listen(stand)
    await ear.hang_up()
    await stand.pass_time(HOUR_MS + 1)
    assert await verdicts(stand) == {}


async def test_who_does_not_see_that_a_listen_key_was_ended_is_found(stand: Stand) -> None:
    _, ear = await listen(stand)
    await arm(stand, {"listenKeys": "expire"})
    await stand.pass_time(59_000)
    assert await verdicts(stand) == {}
    await stand.pass_time(1_000)
    assert len(await findings(stand, "listen_key_lapsed")) == 1
    await ear.hang_up()


async def test_who_asks_for_another_one_passes(stand: Stand) -> None:
    _, ear = await listen(stand)
    await arm(stand, {"listenKeys": "expire"})
    _, other = await listen(stand)
    await stand.pass_time(70_000)
    assert await verdicts(stand) == {}
    for one in (ear, other):
        await one.hang_up()


async def over_websocket(stand: Stand, *names: str) -> None:
    """Equal orders, one after the other; who is not answered connects again."""
    for name in names:
        peer = Peer(Decimal)
        app = stand.mounted.app(scope_of("/ws-api/v3", ADDRESS), peer.receive, peer.send)
        serving = asyncio.ensure_future(app)
        params: dict[str, Any] = {
            "apiKey": ALICE.key, "newClientOrderId": name, "price": "40000", "quantity": "0.5",
            "side": "BUY", "symbol": "BTCUSDT", "timeInForce": "GTC",
            "timestamp": stand.signer(ALICE).stamp_ms, "type": "LIMIT",
        }  # fmt: skip
        payload = "&".join(f"{name}={value}" for name, value in params.items())
        params["signature"] = signature_of(ALICE.secret, payload)
        peer.ask({"id": 1, "method": "order.place", "params": params})
        hearing = asyncio.ensure_future(peer.next())
        await asyncio.wait((hearing, serving), return_when=asyncio.FIRST_COMPLETED)
        hearing.cancel()
        peer.hang_up()
        await asyncio.wait([serving])


async def test_an_order_that_is_sent_again_over_the_websocket_api_is_found(stand: Stand) -> None:
    await arm(stand, {"dropAfter": True}, times=1)
    await over_websocket(stand, "one")
    await stand.pass_time(500)
    await over_websocket(stand, "two")
    (found,) = await findings(stand, "double_submit")
    _, first, _, second = await requests(stand)
    assert found["requests"] == [first["id"], second["id"]]
    assert (first["path"], first["method"]) == ("/ws-api/v3", "order.place")
    assert (first["status"], second["status"]) == (None, 200)
    assert "signature" not in first["parameters"]


async def test_who_asks_for_it_over_rest_passes(stand: Stand) -> None:
    await arm(stand, {"dropAfter": True}, times=1)
    await over_websocket(stand, "one")
    await stand.query(ALICE, "1")
    await over_websocket(stand, "two")
    assert await verdicts(stand) == {}
