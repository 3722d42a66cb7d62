#!/usr/bin/env python3
"""Let the bot trade a recording, over HTTP and with time that moves in steps, and draw its equity.

    python scripts/rebalance_bot/backtest.py BTCUSDT-1m-2022-01.zip --html equity.html

It starts a server of its own that keeps nothing. What is drawn beside the equity is what the same
money would be worth if half of it had bought the coin at the start and nothing more was done.
"""

import argparse
import asyncio
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import httpx

# Run as a file, Python looks beside it only.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.rebalance_bot.bot import Bot, bot_of
from scripts.rebalance_bot.cli import duration, pair, parse
from scripts.rebalance_bot.equity import Equity, page_of
from scripts.rebalance_bot.infrastructure.mexc.client import Credentials
from scripts.rebalance_bot.stepped_clock import SteppedClock

READY = re.compile(r"hypersim ready on (http://\S+)")
MONEY = "10000"
EMAIL = "backtest@example.com"
TOKEN_VARIABLE = "HYPERSIM_ADMIN_TOKEN"
CANDLES = {60.0: "1m", 300.0: "5m", 900.0: "15m", 1800.0: "30m", 3600.0: "60m", 14400.0: "4h"}


@dataclass(frozen=True, slots=True)
class Served:
    """A server and its admin's token."""

    url: str
    token: str


@contextmanager
def server_of(recording: Path) -> Iterator[Served]:
    """One that replays the recording in steps. Raises `RuntimeError` if it does not start."""
    token = secrets.token_hex(16)
    how = ("--clock", "step", "--feed", f"replay:{recording}", "--ephemeral", "--port", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "hypersim", "serve", *how],
        env={**os.environ, TOKEN_VARIABLE: token},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = next((m for line in process.stdout if (m := READY.search(line))), None)
        if found is None:
            raise RuntimeError("the server did not start; what it says is above")
        yield Served(found[1], token)
    finally:
        process.terminate()
        process.communicate()


async def traded(served: Served, options: argparse.Namespace, folder: Path) -> list[Equity]:
    """What the account was worth after each rebalance."""
    headers = {"Authorization": f"Bearer {served.token}"}
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=60) as admin:
        credentials = await _account(admin)
        clock = await SteppedClock.of(admin)
        told = ["--once", "--base-url", f"{served.url}/mexc", "--store", str(folder / "store")]
        told += ["--symbol", "/".join(options.symbol), "--candles", CANDLES[options.interval]]
        async with bot_of(parse(told), credentials, clock, lambda _line: None) as bot:
            return await _through(bot, clock, options)


async def _account(admin: httpx.AsyncClient) -> Credentials:
    issued = (await admin.post("/admin/users", json={"email": EMAIL})).raise_for_status().json()
    money = {"user": EMAIL, "asset": "USDT", "amount": MONEY, "action": "deposit"}
    (await admin.post("/admin/balances", json=money)).raise_for_status()
    return Credentials(issued["apiKey"], issued["apiSecret"])


async def _through(bot: Bot, clock: SteppedClock, options: argparse.Namespace) -> list[Equity]:
    """Rebalance at every full interval for so many days."""
    interval_ms = int(options.interval * 1000)
    end_ms = clock.now_ms() + options.days * 86_400_000
    seen: list[Equity] = []
    while clock.now_ms() < end_ms:
        await clock.sleep((interval_ms - clock.now_ms() % interval_ms) / 1000)
        await bot.once()
        holdings, price = await bot.exchange.holdings(), await bot.exchange.price()
        worth = holdings.money + holdings.coin * price
        seen.append(Equity(clock.now_ms(), worth, price))
    return seen


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description="Let the rebalance bot trade a recording.")
    add = made.add_argument
    add("recording", type=Path, help="candles in the format of Binance's dumps")
    add("--interval", type=duration, default="15m", help="of rebalances and candles (15m)")
    add("--symbol", type=pair, default="BTC/USDT", help="what was recorded (BTC/USDT)")
    add("--days", type=int, default=31, help="how long (31)")
    add("--html", type=Path, help="where to draw")
    return made


def main() -> int:
    """Exit code."""
    options = parser().parse_args()
    if options.interval not in CANDLES or not options.recording.exists():
        print("backtest: needs a recording and an interval of 1m to 4h", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, server_of(options.recording.resolve()) as served:
        seen = asyncio.run(traded(served, options, Path(folder)))
    last, held = seen[-1], half_held(seen)[-1]
    print(f"rebalances {len(seen)}  equity {last.worth:.2f}  buy and hold {held:.2f}")
    if options.html is not None:
        options.html.write_text(page_of(seen, half_held(seen)), encoding="utf-8")
    return 0


def half_held(seen: list[Equity]) -> list[Decimal]:
    """What the money would be worth, had half of it bought the coin at the start."""
    half = Decimal(MONEY) / 2
    return [half + half / seen[0].price * each.price for each in seen]


if __name__ == "__main__":
    sys.exit(main())
