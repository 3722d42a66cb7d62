"""A scenario of `--scenario` goes on after a restart where it was, also after a kill."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.server import ADMIN_TOKEN, ServerProcess

STORY = """\
name: a fall and a halt
steps:
  - {at: 10s, price: {symbol: BTC/USDT, to: 50000}}
  - {at: 20s, price: {symbol: BTC/USDT, to: 40000, over: 40s}}
  - {at: 30s, price: {symbol: ETH/USDT, to: 1000}}
  - {at: 35s, release: {symbol: ETH/USDT}}
  - {at: 90s, halt: {symbol: BTC/USDT}}
"""


def served(data: Path, story: Path, *options: str) -> ServerProcess:
    how = ("--feed", "synthetic", "--symbols", "BTC/USDT,ETH/USDT", "--clock", "step")
    return ServerProcess(*how, "--scenario", str(story), *options, data_dir=data).start()


def asked(server: ServerProcess, method: str, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    url = f"{server.url}/admin/{path}"
    answer = httpx.request(method, url, headers=headers, json=body or None, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def price(server: ServerProcess, symbol: str) -> Decimal:
    markets = asked(server, "GET", "feed")["symbols"]
    return next(Decimal(one["last"]) for one in markets if one["symbol"] == symbol)


@pytest.mark.slow
def test_a_scenario_goes_on_where_it_was(tmp_path: Path) -> None:
    data, story = tmp_path / "data", tmp_path / "story.yaml"
    story.write_text(STORY)
    server = served(data, story, "--start", "2024-01-01T00:00:00Z")
    try:
        asked(server, "POST", "clock/advance", ms=40_000)
        assert price(server, "BTC/USDT") == 45_000
        began_ms = asked(server, "GET", "scenario")["beganMs"]
    finally:
        server.kill()
    server = served(data, story)
    try:
        told = asked(server, "GET", "scenario")
        assert told["beganMs"] == began_ms
        assert told["held"] == ["BTC/USDT"]
        assert [step["state"] for step in told["steps"]] == [*["done"] * 4, "waiting"]
        assert price(server, "BTC/USDT") == 45_000
        asked(server, "POST", "clock/advance", ms=10_000)
        assert price(server, "BTC/USDT") == 42_500
        asked(server, "POST", "clock/advance", ms=40_000)
        assert price(server, "BTC/USDT") == 40_000
        instruments = asked(server, "GET", "instruments")
        status = {one["symbol"]: one["status"] for one in instruments}
        assert status["BTC/USDT"] == "halted"
        assert asked(server, "GET", "scenario")["playing"] is False
    finally:
        server.stop()
