"""A scenario of `--scenario` goes on after a restart where it was, also after a kill."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.native_client import NativeClient
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


PAST = """\
name: with a past
seed: 11
history: {symbol: BTC/USDT, interval: 1m, csv: candles.csv}
steps:
  - {at: 30s, fault: {name: slow, do: {status: 503}, match: {endpoint: "POST *", until: +10m}}}
  - after: {event: fill, user: test@example.com, delay: 1m}
    price: {symbol: BTC/USDT, to: 90}
"""
BEGIN_MS = 1_704_067_200_000


def row(minute: int) -> str:
    """Of a dump: the last one is over when 2024 begins."""
    open_ms = BEGIN_MS + (minute - 180) * 60_000
    last = 100 + minute % 7
    return f"{open_ms},100,110,90,{last},8,{open_ms + 59_999},800,7,4,400,0\n"


def candles(server: ServerProcess) -> list[Any]:
    """Of before the beginning, as both dialects tell them."""
    bounds = f"endTime={BEGIN_MS - 1}&limit=200"
    paths = [
        f"api/v3/klines?symbol=BTCUSDT&interval={interval}&{bounds}"
        for interval in ("1m", "5m", "1h")
    ]
    paths.append("v1/klines/BTC/USDT?interval=1h")
    return [httpx.get(f"{server.url}/{path}", timeout=30).json() for path in paths]


@pytest.mark.slow
def test_the_past_the_seed_the_faults_and_what_it_waited_for_outlive_a_kill(tmp_path: Path) -> None:
    data, story = tmp_path / "data", tmp_path / "story.yaml"
    story.write_text(PAST)
    (tmp_path / "candles.csv").write_text("".join(map(row, range(180))))
    how = ("--feed", "manual", "--clock", "step", "--demo", "--scenario", str(story))
    begin = ("--start", "2024-01-01T00:00:00Z")
    server = ServerProcess(*how, *begin, data_dir=data).start()
    try:
        minutes, fives, hours, native = told = candles(server)
        assert [len(one) for one in (minutes, fives, hours)] == [180, 36, 3]
        assert [float(one[4]) for one in minutes] == [100 + n % 7 for n in range(180)]
        assert [float(one[5]) for one in hours] == [480] * 3
        assert len(native) >= 3
        assert price(server, "BTC/USDT") == 100 + 179 % 7
        asked(server, "POST", "clock/advance", ms=20_000)
        with NativeClient(server.url) as client:
            assert client.order("buy", "1").status_code == 201
        asked(server, "POST", "clock/advance", ms=20_000)
        faults = asked(server, "GET", "faults")["faults"]
        assert len(faults) == 1
    finally:
        server.kill()
    server = ServerProcess(*how, data_dir=data).start()
    try:
        assert candles(server) == told
        assert asked(server, "GET", "faults")["faults"] == faults
        steps = asked(server, "GET", "scenario")["steps"]
        assert [(one["state"], one["dueMs"] - BEGIN_MS) for one in steps] == [
            ("done", 30_000),
            ("waiting", 80_000),
        ]
        asked(server, "POST", "clock/advance", ms=39_999)
        assert price(server, "BTC/USDT") != 90
        asked(server, "POST", "clock/advance", ms=1)
        assert price(server, "BTC/USDT") == 90
    finally:
        server.stop()
