"""Each scenario on the page that tells of them is played, and the published schema is that of the
code; editors that go by it take every example."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from hypersim.feeds.given_past import GivenPast
from hypersim.service.scenarios.reading import read_scenario, schema
from hypersim.service.scenarios.words import ACTIONS, Scenario
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.order import OrderType, Side
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
BLOCKS = [block.partition("```")[0] for block in PAGE.split("```yaml\n")[1:]]
EXAMPLES = [file.read_text() for file in sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))]


def name_of(text: str) -> str:
    return read_scenario(text).name


async def bought(exchange: MemoryExchange) -> None:
    """By the bot of the page, at the market's price."""
    await exchange.done(
        PlaceOrder(1, "BTC/USDT", Side.BUY, OrderType.MARKET, quantity=Decimal("0.1"))
    )


@pytest.mark.parametrize("text", BLOCKS, ids=name_of)
async def test_each_scenario_of_the_page_can_be_played_to_its_end(
    text: str, tmp_path: Path
) -> None:
    clock = SimulatedClock(NOON_MS, mode=Mode.STEP)
    async with memory_exchange(clock=clock, past=GivenPast(tmp_path)) as exchange:
        await exchange.done(OpenAccount("bot@example.com"))
        await exchange.done(Deposit(1, "USDT", Decimal(1_000_000)))
        answer = await exchange.admin.post("/admin/scenario", content=text)
        assert answer.status_code == 200, answer.text
        await exchange.admin.post("/admin/clock/advance", json={"ms": 15_000})
        if "after:" in text:
            await bought(exchange)
        await exchange.admin.post("/admin/clock/advance", json={"ms": 7_200_000})
        told = (await exchange.admin.get("/admin/scenario")).json()
        assert {(step["state"], step["reason"]) for step in told["steps"]} == {("done", None)}
        assert told["playing"] is False


def test_the_page_has_an_example_of_every_key() -> None:
    shown = [read_scenario(text) for text in BLOCKS]
    kinds = {step.kind for scenario in shown for step in scenario.steps}
    assert kinds == set(ACTIONS)
    used = {name for scenario in shown for name in said(scenario)}
    assert used == set(Scenario.__struct_fields__)


def said(scenario: Scenario) -> list[str]:
    return [name for name in scenario.__struct_fields__ if str(getattr(scenario, name)) != "UNSET"]


def test_the_published_schema_is_that_of_the_code() -> None:
    file = ROOT / "docs" / "scenario.schema.json"
    assert file.read_text() == json.dumps(schema(), indent=2) + "\n", (
        "run: hypersim scenario schema > docs/scenario.schema.json"
    )


@pytest.mark.parametrize("text", [*BLOCKS, *EXAMPLES], ids=name_of)
def test_an_editor_that_goes_by_the_schema_takes_every_example(text: str) -> None:
    jsonschema_rs.validator_for(schema()).validate(json_of(text))


@pytest.mark.parametrize(
    "step",
    [
        "{at: 1s, explode: {}}",
        "{at: 1s, halt: {}}",
        "{at: 1s, price: {symbol: A, to: [1]}}",
        "{at: 1s, fault: {do: {explode: true}}}",
        "{at: 1s, fault: {preset: nice}}",
    ],
)
def test_an_editor_that_goes_by_the_schema_underlines_what_is_wrong(step: str) -> None:
    wrong = json_of(f"name: n\nsteps: [{step}]")
    assert not jsonschema_rs.validator_for(schema()).is_valid(wrong)


def json_of(text: str) -> object:
    """As editors read it: numbers are numbers; a time is text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))
