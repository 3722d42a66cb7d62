"""Faults that are armed together by name, and the examples of the page about faults."""

import json
import re
from pathlib import Path

import pytest

from hypersim.faults import About, kinds, name_of
from hypersim.faults.presets import presets
from hypersim.service.armed import Asked, Pushed
from hypersim.service.arming import preset_of
from tests.support.memory_exchange import MemoryExchange

PAGE = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
ROWS, PRESETS = re.findall(r"^\| `\{.*", PAGE, re.MULTILINE), PAGE.partition("## Presets")[2]
MINUTE_MS = 60_000
PLACE = Asked("binance", "POST /api/v3/order", "POST", symbol="BTC/USDT")
BOOK = About.MARKET | About.DIFFERENCE | About.SIDES
READ = Asked("native", "GET /v1/ticker", "GET", symbol="BTC/USDT")


def test_the_presets_are_those_of_the_page() -> None:
    assert list(presets()) == sorted(re.findall(r"^\| `([a-z0-9-]+)` \|", PRESETS, re.MULTILINE))


@pytest.mark.parametrize("name", presets())
async def test_a_preset_is_armed_at_once(exchange: MemoryExchange, name: str) -> None:
    wanted = {"preset": name, "match": {"dialect": "binance"}}
    answer = await exchange.admin.post("/admin/faults", json=wanted)
    listed = (await exchange.admin.get("/admin/faults")).json()["faults"]
    assert answer.json() == {"ids": [fault["id"] for fault in listed]}
    assert {fault["match"]["dialect"] for fault in listed} == {"binance"}


async def test_times_count_from_when_it_is_armed(exchange: MemoryExchange) -> None:
    before_ms = exchange.engine.clock.now_ms()
    await exchange.admin.post("/admin/faults", json={"preset": "maintenance-window"})
    after_ms = exchange.engine.clock.now_ms()
    armed, *_ = exchange.services.faults.listed
    begin_ms, end_ms = armed.match.from_, armed.match.until
    assert isinstance(begin_ms, int)
    assert before_ms + MINUTE_MS <= begin_ms <= after_ms + MINUTE_MS
    assert end_ms == begin_ms + 5 * MINUTE_MS


async def test_a_nightmare_has_every_fault_of_requests_and_pushes_in_a_thousand_requests(
    exchange: MemoryExchange,
) -> None:
    told = {name for part in preset_of("nightmare") for name in part.do or {}}
    assert told >= set(kinds()) - {"fees", "symbol"}
    await exchange.admin.post("/admin/faults", json={"preset": "nightmare"})
    faults, now_ms = exchange.services.faults, exchange.engine.clock.now_ms()
    for number in range(1_000):
        asked = PLACE if number % 4 == 0 else READ
        faults.hit(asked, None, now_ms)
        if asked is PLACE:
            faults.hit_command(About.ORDER, asked, 1, now_ms)
            # Of its order and of its money.
            for _ in range(2):
                faults.hit_push(Pushed(About.ACCOUNT, "binance"), now_ms)
        faults.hit_push(Pushed(BOOK, "binance", (), "BTC/USDT"), now_ms)
        if number % 20 == 0:
            faults.hit_push(Pushed(About.HANDSHAKE, "binance"), now_ms)
            faults.hit_command(About.WITHDRAWAL, asked, 1, now_ms)
    # Listen keys end at their time.
    assert [name_of(armed.fault) for armed in faults.listed if not armed.hits] == ["listenKeys"]


@pytest.mark.parametrize("do", re.findall(r"`(\{\"[^`]*\})`", "\n".join(ROWS)))
async def test_what_the_page_tells_of_can_be_armed(exchange: MemoryExchange, do: str) -> None:
    wanted = {"do": json.loads(do), "match": {"symbol": "BTC/USDT"} if "symbol" in do else {}}
    answer = await exchange.admin.post("/admin/faults", json=wanted)
    assert answer.status_code == 200, answer.text


def test_the_page_tells_of_every_fault() -> None:
    told = re.findall(r"`(\{\"[^`]*\})`", "\n".join(ROWS))
    assert {name for do in told for name in json.loads(do)} >= set(kinds())
