"""The sessions of docs/driving-test.md run as printed, and find what they say."""

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from hypersim.service.watch.client import all_rules
from tests.support.asgi_peer import Peer, scope_of
from tests.support.binance_client import signature_of
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.listener import ADDRESS
from tests.support.dialects.stand import ALICE, Stand, stand_of
from tests.support.dialects.words import Request
from tests.support.watched import arm, verdicts

PAGE = (Path(__file__).parents[3] / "docs" / "driving-test.md").read_text()
SECTIONS: dict[str, str] = dict(
    re.findall(r"^### (\w+)[^\n]*\n(.*?)(?=^### |\Z)", PAGE, re.M | re.S)
)
UNSIGNED = ("/time", "/exchangeInfo", "/depth", "/userDataStream")


def sessions() -> Iterator[Any]:
    for rule, text in SECTIONS.items():
        for session in re.findall(r"```session\n(.*?)```", text, re.S):
            *lines, found = session.splitlines()
            result = found.removeprefix("=> ")
            yield pytest.param(lines, result, id=f"{rule}-{result.rpartition(' ')[2]}")


def test_every_rule_has_a_session_that_breaks_it_and_one_that_keeps_it() -> None:
    assert set(SECTIONS) == set(all_rules())
    told = {str(session.id) for session in sessions()}
    for rule in all_rules():
        assert f"{rule}-pass" in told
        assert {f"{rule}-fail", f"{rule}-warn"} & told


@pytest.mark.parametrize(("lines", "found"), list(sessions()))
async def test_a_session_finds_what_it_says(lines: list[str], found: str) -> None:
    async with stand_of(adapter_of("binance"), is_watched=True) as stand:
        bot = Bot(stand)
        for line in lines:
            await bot.do(*line.split(" ", 1))
        told = await verdicts(stand) if bot.has_key else await of_nobody(stand)
        assert told == ({} if found == "pass" else dict([found.split(": ")]))
        await bot.close_all()


async def of_nobody(stand: Stand) -> dict[str, str]:
    """Of who has named no key."""
    answer = (await stand.exchange.admin.get("/admin/clients")).json()
    (client,) = answer["clients"]
    return {one["rule"]: one["verdict"] for one in client["rules"] if one["verdict"] != "pass"}


class Bot:
    """Does what a session says."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._listen_key = ""
        self._sockets: list[tuple[Peer, asyncio.Future[Any]]] = []
        self.has_key = False

    async def do(self, verb: str, rest: str = "") -> None:
        """One line."""
        rest = rest.replace("{listenKey}", self._listen_key)
        match verb:
            case "fault":
                await arm(self._stand, json.loads(rest), times=1)
            case "price":
                await self._move(Decimal(rest))
            case "wait":
                await self._stand.pass_time(int(rest.removesuffix(" s")) * 1_000)
            case "open":
                await self._open(rest)
            case "close":
                await self._close(*self._sockets.pop())
            case _:
                await self._ask(verb, *rest.split(" "))

    async def close_all(self) -> None:
        for socket in self._sockets:
            await self._close(*socket)

    async def _move(self, price: Decimal) -> None:
        """And on, until every socket has heard of it."""
        await self._stand.move(price)
        for peer, _ in self._sockets:
            hearing = asyncio.ensure_future(peer.next())
            while not hearing.done():
                price += 1
                await self._stand.move(price)
                await self._stand.pass_time(100)
                await asyncio.sleep(0.001)

    async def _ask(self, method: str, path: str, *pairs: str) -> None:
        headers = {} if path.endswith(UNSIGNED[:3]) else {"X-MBX-APIKEY": ALICE.key}
        query = "&".join(pairs)
        if not path.endswith(UNSIGNED):
            stamp = urlencode({"timestamp": self._stand.signer(ALICE).stamp_ms})
            query = "&".join(filter(None, (query, stamp)))
            query += f"&signature={signature_of(ALICE.secret, query)}"
        self.has_key |= bool(headers)
        with contextlib.suppress(ConnectionError):
            answer = await self._stand.ask(Request(method, f"{path}?{query}", headers))
            if "listenKey" in answer.body:
                self._listen_key = answer.body["listenKey"]

    async def _open(self, path: str) -> None:
        peer = Peer()
        app = self._stand.mounted.app(scope_of(path, ADDRESS), peer.receive, peer.send)
        self._sockets.append((peer, asyncio.ensure_future(app)))
        await peer.list()

    async def _close(self, peer: Peer, serving: asyncio.Future[Any]) -> None:
        peer.hang_up()
        await asyncio.wait([serving])
