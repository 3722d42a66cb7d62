"""Two connections of one client that follow one market are told of it in an order that varies."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.binance_streams import market_streams
from tests.support.native_client import AdminClient
from tests.support.server import ServerProcess, running_server
from tests.support.two_sockets import first_hearers

FRAMES = 60
SCRIPT = Path(__file__).with_name("two_books.mjs")
RUNS, CALLS = 20, 5
INSTALL_S, RUNS_S = 120, 120


@pytest.mark.parametrize(
    ("stream", "more"),
    [
        ("bookTicker", ""),
        ("bookTicker", "/ethusdt@trade"),
        ("trade", ""),
        ("depth@100ms", "/ethusdt@trade"),
        pytest.param("trade", "/ethusdt@trade", marks=pytest.mark.slow),
        pytest.param("depth@100ms", "", marks=pytest.mark.slow),
    ],
)
async def test_either_of_two_connections_is_told_first(
    quiet_server: ServerProcess, quiet_admin: AdminClient, stream: str, more: str
) -> None:
    where = quiet_server.websocket_url, f"/binance/ws/btcusdt@{stream}"
    async with (
        market_streams(*where) as one,
        market_streams(where[0], where[1] + more) as other,
    ):
        told = await first_hearers(
            [one.connection, other.connection],
            lambda number: quiet_admin.set_price(str(50_000 + number % 2 * 10)),
            FRAMES,
        )
    # Three rounds of eight, at least; this few come once in many thousand runs.
    assert min(told[0], told[1]) > FRAMES // 10, told


@pytest.mark.slow
@pytest.mark.timeout(INSTALL_S + RUNS_S + 60)
async def test_ccxt_in_javascript_follows_one_book_by_two_sockets(tmp_path: Path) -> None:
    """Twenty clients that each call `watchOrderBook` beside `watchOrderBookForSymbols` in a row."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js with npm is not installed")
    script = shutil.copy(SCRIPT, tmp_path)
    install = [npm, "install", "--prefix", str(tmp_path), "--no-audit", "--no-fund", "ccxt"]
    await asyncio.to_thread(subprocess.run, install, check=True, timeout=INSTALL_S)
    with running_server("--feed", "synthetic", "--demo") as server:
        run = [node, str(script), f"{server.url}/binance", str(RUNS), str(CALLS)]
        ran = await asyncio.to_thread(
            subprocess.run, run, capture_output=True, text=True, timeout=RUNS_S, check=False
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == f"{RUNS} of {RUNS}", ran.stdout
