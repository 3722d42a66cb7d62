"""A scenario is read as it stands there; what is wrong is told with its line and key."""

import msgspec
import pytest
import yaml

from hypersim.service.scenarios.actions import Halt, SetPrice
from hypersim.service.scenarios.reading import InvalidScenario, read_scenario, schema
from hypersim.service.scenarios.words import ACTIONS

GOOD = """\
name: a fall
steps:
  - at: 10s
    price: {symbol: BTC/USDT, to: 40000.10, over: 30s}
  - at: 2022-01-01T12:00:00Z
    halt: {symbol: BTC/USDT}
"""


def refusal(text: str) -> str:
    with pytest.raises(InvalidScenario) as refused:
        read_scenario(text)
    return str(refused.value)


def test_a_scenario_is_read_as_it_is_written() -> None:
    scenario = read_scenario(GOOD)
    assert scenario.name == "a fall"
    assert [step.at for step in scenario.steps] == ["10s", "2022-01-01T12:00:00Z"]
    assert [step.action for step in scenario.steps] == [
        SetPrice("BTC/USDT", "40000.10", "30s"),
        Halt("BTC/USDT"),
    ]


def test_json_is_read_too() -> None:
    as_json = msgspec.json.encode(yaml.load(GOOD, yaml.BaseLoader)).decode()
    assert read_scenario(as_json) == read_scenario(GOOD)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("to: 40000.10", "to: 4e4", "line 4: steps[0].price: to must be a number above zero"),
        ("to: 40000.10", "to: 0", "line 4: steps[0].price: to must be a number above zero"),
        ("to: 40000.10", "too: 1", "line 4: steps[0].price.too: Object contains unknown field"),
        ("over: 30s", "over: 30", "line 4: steps[0].price: over must be a duration"),
        ("halt: {symbol: BTC/USDT}", "halt: {}", "line 6: steps[1].halt: Object missing required"),
        ("halt: {", "explode: {", "line 6: steps[1].explode: Object contains unknown field"),
        ("halt: {", "resume: {symbol: A}\n    halt: {", "line 5: steps[1]: a step has exactly one"),
        ("at: 10s", "after: {event: rain}", "line 3: steps[0].after.event: Invalid enum value"),
        ("at: 10s", "after: {event: fill}\n    at: 1s", "line 3: steps[0]: a step has exactly one"),
        ("at: 10s", "at: soon", "line 3: steps[0]: at must be a duration such as 90s"),
        ("at: 2022-01-01T12:00:00Z", "at: 2022-01-01T12:00:00", "line 5: steps[1]: at must be"),
        ("name: a fall", "name: a fall\nname: b", "line 2: 'name' stands here twice"),
        ("name: a fall", "name: [", "this is not YAML"),
        ("name: a fall", "nome: a fall", "line 1: nome: Object contains unknown field"),
        ("10s", "&a 10s\n  - at: *a", "line 4: a scenario has no aliases"),
        ("name: a fall", r'name: "\ud800"', "line 1: half of a surrogate pair is no character"),
        ("name: a fall", r'"\ud800": a fall', "line 1: half of a surrogate pair is no character"),
        ("{symbol: BTC/USDT}", "[" * 20 + "]" * 20, "line 6: too many levels"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_key(before: str, after: str, told: str) -> None:
    assert before in GOOD
    assert told in refusal(GOOD.replace(before, after, 1))


@pytest.mark.parametrize("text", ["", "text", "[1]", "a: \0", "{" * 5_000, "!!python/name:os a"])
def test_what_is_no_scenario_is_refused(text: str) -> None:
    assert refusal(text)


def test_a_book_must_be_in_order() -> None:
    book = "name: n\nsteps:\n  - at: 0s\n    depth: {symbol: A/B, bids: %s, asks: %s}"
    read_scenario(book % ("[[9, 1], [8, 2]]", "[[10, 1]]"))
    assert "bids go from the highest" in refusal(book % ("[[8, 1], [9, 2]]", "[]"))
    assert "asks go from the lowest" in refusal(book % ("[]", "[[8, 1], [8, 2]]"))
    assert "must be below ask" in refusal(book % ("[[10, 1]]", "[[10, 1]]"))


def test_the_schema_names_every_action() -> None:
    told = schema()["$defs"]["Step"]["properties"]
    assert set(ACTIONS) <= set(told)
