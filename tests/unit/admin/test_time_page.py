"""The examples of the page about time do what it says."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hypersim.cli import clock as command
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.builders import instrument
from tests.support.memory_exchange import MemoryExchange, memory_exchange

PAGE = (Path(__file__).parents[3] / "docs" / "time.md").read_text()
BEGIN_MS = 1_640_995_200_000
CALLS = re.findall(r"^hypersim clock (\w+)(?: (\S+))? +(GET|POST) +(\S+) ?(\{.*\})?$", PAGE, re.M)
ADVANCES = [
    (re.findall(r"`(\{.*?\})`", body), re.findall(r"`advance (\S+)`", words))
    for body, words in re.findall(r"^\| (`\{\".*?) \| (`advance.*?) \|", PAGE, re.M)
]
ANSWER = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])


@pytest.fixture
async def exchange() -> AsyncIterator[MemoryExchange]:
    clock = SimulatedClock(BEGIN_MS, mode=Mode.STEP)
    async with memory_exchange(instruments=[instrument()], clock=clock) as running:
        yield running


def test_the_page_has_examples() -> None:
    assert [call[0] for call in CALLS] == ["show", "pause", "resume", "speed"]
    assert len(ADVANCES) == 6


@pytest.mark.parametrize(("name", "word", "method", "path", "body"), CALLS)
async def test_a_command_is_the_call_beside_it(
    exchange: MemoryExchange,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    word: str,
    method: str,
    path: str,
    body: str,
) -> None:
    answer = await exchange.admin.request(method, path, content=body)
    assert answer.status_code == 200
    assert set(answer.json()) == {"nowMs", "datetime", "mode", "speed"}
    asked: list[Any] = []
    monkeypatch.setattr(command, "_tell", lambda change, *_: asked.append(change))
    done = CliRunner().invoke(command.commands, [name, *([word] if word else [])])
    assert (done.exit_code, asked) == (0, [json.loads(body) if body else None])


@pytest.mark.parametrize(("bodies", "words"), ADVANCES)
async def test_time_goes_as_far_as_the_table_says(
    exchange: MemoryExchange, bodies: list[str], words: list[str]
) -> None:
    for body in bodies:
        answer = await exchange.admin.post("/admin/clock/advance", content=body)
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "FEED_IS_ENDLESS"
        else:
            assert (answer.status_code, set(answer.json())) == (200, set(ANSWER))
    for word in words:
        assert command.body_of(word) in [json.loads(body) for body in bodies]
