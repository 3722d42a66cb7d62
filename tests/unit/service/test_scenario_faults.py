"""A scenario arms and clears faults, among those that were armed by hand."""

from typing import Any

import pytest

from hypersim.service.armed import Match
from hypersim.service.scenarios.actions import ArmFault
from hypersim.service.scenarios.planning import Blank, Played, Taken
from hypersim.service.scenarios.reading import InvalidScenario, read_scenario, schema
from hypersim.service.simulated_clock import Mode, SimulatedClock
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

STORY = """\
name: what goes wrong
steps:
  - {at: 10s, fault: {name: slow, do: {delayMs: {median: 80, sigma: 0.5}, when: after}}}
  - {at: 20s, fault: {do: {drop: true}, match: {symbol: BTCUSDT, nth: 3, until: +30s}}}
  - {at: 30s, clear: {name: slow}}
  - {at: 40s, clear: {}}
  - {at: 50s, fault: {preset: exchange-down-2min, match: {dialect: binance}}}
"""


def stepped() -> SimulatedClock:
    return SimulatedClock(NOON_MS, mode=Mode.STEP)


async def play(exchange: MemoryExchange, text: str) -> None:
    answer = await exchange.admin.post("/admin/scenario", content=text)
    assert answer.status_code == 200, answer.text


async def advance(exchange: MemoryExchange, ms: int) -> None:
    answer = await exchange.admin.post("/admin/clock/advance", json={"ms": ms})
    assert answer.status_code == 200, answer.text


async def armed(exchange: MemoryExchange) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await exchange.admin.get("/admin/faults")).json()["faults"]
    return found


async def test_faults_are_armed_and_cleared_at_their_moments() -> None:
    async with memory_exchange(clock=stepped()) as exchange:
        by_hand = {"do": {"status": 500}}
        assert (await exchange.admin.post("/admin/faults", json=by_hand)).status_code == 200
        await play(exchange, STORY)
        await advance(exchange, 9_999)
        assert len(await armed(exchange)) == 1
        await advance(exchange, 10_001)
        _, slow, gone = await armed(exchange)
        assert slow["do"] == {"delayMs": {"median": 80, "sigma": 0.5}, "when": "after"}
        until = NOON_MS + 50_000
        assert gone["match"] == {"symbol": "BTC/USDT", "nth": 3, "until": until}
        await advance(exchange, 10_000)
        assert [one["do"] for one in await armed(exchange)] == [by_hand["do"], gone["do"]]
        await advance(exchange, 10_000)
        assert len(await armed(exchange)) == 1
        await advance(exchange, 10_000)
        preset = (await armed(exchange))[1:]
        assert preset
        assert {one["match"]["dialect"] for one in preset} == {"binance"}


async def test_what_it_armed_ends_with_it() -> None:
    async with memory_exchange(clock=stepped()) as exchange:
        for end in ("end", "another"):
            await play(exchange, "name: n\nsteps: [{at: 1s, fault: {do: {drop: true}}}]")
            await advance(exchange, 2_000)
            assert (await exchange.admin.get("/admin/scenario")).json()["playing"] is False
            assert len(await armed(exchange)) == 1, "it stands until it is cleared"
            if end == "end":
                await exchange.admin.delete("/admin/scenario")
            else:
                await play(exchange, "name: n\nsteps: [{at: 1s, resume: {symbol: BTC/USDT}}]")
            assert await armed(exchange) == []
            await advance(exchange, 2_000)


async def test_a_fault_that_cannot_be_armed_is_told_of() -> None:
    async with memory_exchange(clock=stepped()) as exchange:
        story = "name: n\nsteps: [{at: 1s, fault: {do: {drop: true}, match: {user: nobody}}}]"
        await play(exchange, story)
        await advance(exchange, 2_000)
        (step,) = (await exchange.admin.get("/admin/scenario")).json()["steps"]
        assert step["state"] == "failed"
        assert "match.user must be an email or id" in step["reason"]


async def test_after_a_restart_what_still_stands_is_armed_again_with_its_times() -> None:
    async with memory_exchange(clock=stepped()) as exchange:
        scenario = read_scenario(STORY)
        await exchange.scenarios.play(scenario)
        await advance(exchange, 25_000)
        before = await armed(exchange)
        performance = exchange.scenarios.performance
        assert performance is not None
        taken = {one.number: Taken(one.due_ms or 0) for one in performance.steps[:2]}
        await exchange.scenarios.end()
        assert await armed(exchange) == []
        await exchange.scenarios.resume(scenario, Played(performance.beginning, taken), Blank())
        again = await armed(exchange)
        assert [(one["do"], one["match"]) for one in again] == [
            (one["do"], one["match"]) for one in before
        ]
        await advance(exchange, 5_000)
        assert len(await armed(exchange)) == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("{do: {explode: true}}", "line 4: steps[0].fault.do: do must have exactly one of delayMs"),
        ("{do: {delayMs: fast}}", "line 4: steps[0].fault.do: do.delayMs: Expected `int | object`"),
        ("{preset: nice}", "line 4: steps[0].fault.preset: preset must be one of exchange-down"),
        (
            "{preset: nightmare, do: {drop: true}}",
            "line 4: steps[0].fault: a fault has exactly",
        ),
        ("{do: {drop: true}, match: {nth: 0}}", "line 4: steps[0].fault.match.nth: Expected `int`"),
        ("{do: {drop: true}, match: {n: 0}}", "line 4: steps[0].fault.match.n: Object contains"),
        (
            "{name: a, do: {drop: true}}\n  - at: 2s\n    clear: {name: b}",
            "line 6: steps[1].clear.name: no step arms a fault of this name; the names are: a",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_key(fault: str, told: str) -> None:
    with pytest.raises(InvalidScenario) as refused:
        read_scenario(f"name: n\nsteps:\n  - at: 1s\n    fault: {fault}\n")
    assert told in str(refused.value)


def test_numbers_of_faults_and_matches_are_read_as_numbers() -> None:
    scenario = read_scenario(STORY)
    action = scenario.steps[1].action
    assert isinstance(action, ArmFault)
    assert action.match == Match(symbol="BTCUSDT", nth=3, until="+30s")


def test_the_schema_names_every_fault_and_preset() -> None:
    told = schema()["$defs"]
    assert "nightmare" in told["ArmFault"]["properties"]["preset"]["enum"]
    names = [
        one["$ref"].rpartition("/")[2] for one in told["ArmFault"]["properties"]["do"]["oneOf"]
    ]
    assert {"Drop", "DelayMs", "SocketFault"} <= set(names) <= set(told)
