"""The guide's four cases on a real server in step mode, with the scenarios that come with the bot.

All share one server; each has a market of its own, for which its scenario is told of another name.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.rebalance_bot.bot import bot_of
from scripts.rebalance_bot.cli import parse
from scripts.rebalance_bot.domain.position import Position
from scripts.rebalance_bot.infrastructure.mexc.client import Credentials
from scripts.rebalance_bot.infrastructure.store import SqliteStore
from scripts.rebalance_bot.stepped_clock import SteppedClock
from tests.support.server import ADMIN_TOKEN, ServerProcess, running_server

D = Decimal
FOLDER = Path(__file__).parents[2] / "scripts" / "rebalance_bot"
COINS = ("QRA", "QRB", "QRC", "QRD", "QRE")


@dataclass
class Account:
    """A bot's user on the server, and what its bot said."""

    admin: httpx.AsyncClient
    server: ServerProcess
    coin: str
    store: Path
    credentials: Credentials
    clock: SteppedClock
    lines: list[dict[str, Any]] = field(default_factory=list)

    async def deposit(self, coin: str, money: str) -> None:
        """What it has."""
        for asset, amount in ((self.coin, coin), ("USDT", money)):
            body = {"user": self.email, "asset": asset, "amount": amount, "action": "deposit"}
            (await self.admin.post("/admin/balances", json=body)).raise_for_status()

    @property
    def email(self) -> str:
        """Its user."""
        return f"{self.coin.lower()}@example.com"

    async def play(self, name: str) -> None:
        """Begin a scenario, in this account's market."""
        text = (FOLDER / "scenarios" / f"{name}.yaml").read_text()
        answer = await self.admin.post(
            "/admin/scenario", content=text.replace("QRL/USDT", f"{self.coin}/USDT")
        )
        assert answer.status_code == 200, answer.text
        await self.clock.sleep(0.5)
        self.clock.slept.clear()

    async def once(self, *options: str) -> int:
        """One rebalance; the exit code."""
        where = ["--base-url", f"{self.server.url}/mexc", "--symbol", f"{self.coin}/USDT"]
        parsed = parse(["--once", "--store", str(self.store), *where, *options])

        def write(line: str) -> None:
            self.lines.append(json.loads(line))

        async with bot_of(parsed, self.credentials, self.clock, write) as bot:
            return await bot.once()

    def told(self, event: str) -> list[dict[str, Any]]:
        """The lines of that event."""
        return [line for line in self.lines if line["event"] == event]

    def polls(self) -> list[tuple[str, str]]:
        """What each poll saw."""
        return [(line["status"], line["executed"]) for line in self.told("order_polled")]

    def plan(self) -> dict[str, Any]:
        """What was to be done."""
        plan: dict[str, Any] = self.told("rebalance_start")[0]["plan"]
        return plan

    def position(self) -> Position | None:
        """What the bot remembers."""
        store = SqliteStore(self.store)
        position = store.position()
        store.close()
        return position

    async def has(self) -> dict[str, Decimal]:
        """What it can dispose of."""
        answer = await self.admin.get("/admin/balances", params={"user": self.email})
        told = answer.raise_for_status().json(parse_float=Decimal)
        return {each["asset"]: D(each["available"]) for each in told}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    listing = tmp_path_factory.mktemp("bot") / "markets.toml"
    text = (FOLDER / "qrl.toml").read_text()
    block = text[text.index("[[instrument]]") :]
    listing.write_text("\n".join(block.replace("QRL", coin) for coin in COINS))
    how = ("--clock", "step", "--feed", "manual", "--fills", "depth")
    words = ("--mexc-errors", "binance", "--instruments", str(listing))
    with running_server(*how, *words) as started:
        yield started


@asynccontextmanager
async def opened(server: ServerProcess, coin: str, folder: Path) -> AsyncIterator[Account]:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as admin:
        body = {"email": f"{coin.lower()}@example.com", "label": "bot"}
        issued = (await admin.post("/admin/users", json=body)).raise_for_status().json()
        credentials = Credentials(issued["apiKey"], issued["apiSecret"])
        clock = await SteppedClock.of(admin)
        try:
            yield Account(admin, server, coin, folder / "bot.sqlite", credentials, clock)
        finally:
            await admin.delete("/admin/scenario")


async def test_a_buy_is_filled_in_two_parts(server: ServerProcess, tmp_path: Path) -> None:
    async with opened(server, "QRA", tmp_path) as account:
        await account.deposit("8000", "600")
        await account.play("buy_in_parts")
        assert await account.once("--average-cost", "0.052") == 0, account.lines
        assert account.polls() == [
            ("NEW", "0"),
            ("PARTIALLY_FILLED", "800"),
            ("FILLED", "2000"),
        ]
        assert account.clock.slept == [1, 2, 4]
        assert account.plan()["price"] == "0.0499"
        has = await account.has()
        assert (has["QRA"], has["USDT"]) == (D(10000), D("500.14012"))
        assert account.position() == Position(D(10000), D("0.05158"))


async def test_a_sale_is_given_up_after_50_seconds(server: ServerProcess, tmp_path: Path) -> None:
    async with opened(server, "QRB", tmp_path) as account:
        await account.deposit("12000", "240")
        await account.play("sale_given_up")
        assert await account.once("--average-cost", "0.049") == 6, account.lines
        assert account.plan()["quantity"] == "3600"
        filled = [executed for _, executed in account.polls()]
        assert filled[:4] == ["1500", "2200", "2800", "2950"]
        assert sum(account.clock.slept) == 50
        ended = account.told("order_filled")[0]["order"]
        assert (ended["status"], ended["fill_rate"]) == ("PARTIALLY_CANCELED", "81.9")
        # The guide rounds the average to 0.05012.
        assert ended["total_cost"] == "147.855"
        assert round(D(ended["avg_price"]), 5) == D("0.05012")
        assert account.position() == Position(D(9050), D("0.049"))
        has = await account.has()
        # The fee is 0.0006 of each fill: 0.045126 + 0.021042 + 0.018036 + 0.004509.
        assert (has["QRB"], has["USDT"]) == (D(9050), D("387.766287"))


async def test_too_many_requests_are_waited_for(server: ServerProcess, tmp_path: Path) -> None:
    async with opened(server, "QRC", tmp_path) as account:
        await account.deposit("2000", "249.5")
        await account.play("too_many_requests")
        assert await account.once("--average-cost", "0.052") == 0, account.lines
        plan = account.plan()
        assert (plan["quantity"], plan["price"]) == ("1500", "0.0498")
        retries = account.told("retry")
        assert [line["wait_s"] for line in retries] == [5, 5]
        assert all(re.match("-1003 ", line["error"]) for line in retries)
        assert account.told("order_filled")[0]["order"]["executed_quantity"] == "1500"


async def test_too_small_an_order_is_held_back_or_refused(
    server: ServerProcess, tmp_path: Path
) -> None:
    async with opened(server, "QRD", tmp_path) as account:
        await account.deposit("2000", "108.2376")
        await account.play("too_small")
        before = await account.has()
        assert await account.once("--average-cost", "0.052") == 0, account.lines
        assert account.plan()["reason"] == "notional 4 is below 5 USDT"
        assert account.told("order_submitted") == []
        assert await account.once("--average-cost", "0.052", "--min-notional", "0") == 4
        assert account.told("rebalance_error")[0]["details"].startswith("-1013 ")
        assert await account.has() == before
