"""`hypersim scenario`: what happens on an exchange, written down."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hypersim.cli.admin_client import DEFAULT_URL, Answer, DataDir, Token, Url, connected
from hypersim.cli.output import AsJson, print_facts, print_json, print_table
from hypersim.feeds.scenario_file import carrying_its_candles, load_scenario
from hypersim.service.scenarios.reading import InvalidScenario, schema
from hypersim.service.scenarios.words import Scenario

commands = typer.Typer(help="Scenarios: what happens, step by step.", no_args_is_help=True)

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A scenario in YAML.", show_default=False)
]


@commands.callback()
def _group() -> None:
    """Scenarios: what happens, step by step."""


@commands.command()
def check(file: File) -> None:
    """Whether a scenario can be played; if not, what is wrong in which line (exit 1)."""
    scenario = _loaded(file)
    steps = len(scenario.steps)
    print(f"{file}: {scenario.name!r} can be played: {steps} step{'s' if steps != 1 else ''}")


@commands.command()
def run(
    file: File,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Have a running hypersim play it from now on."""
    scenario = carrying_its_candles(_loaded(file), file.parent)
    with connected(url, token, data_dir) as admin:
        _tell(admin.post("/admin/scenario", scenario), as_json)


@commands.command()
def show(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """What is played, and what became of each step."""
    with connected(url, token, data_dir) as admin:
        _tell(admin.get("/admin/scenario"), as_json)


@commands.command()
def end(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """End it: its faults are cleared, and the feed is listened to again."""
    with connected(url, token, data_dir) as admin:
        _tell(admin.delete("/admin/scenario"), as_json)


@commands.command("schema")
def show_schema() -> None:
    """The JSON schema of a scenario, for editors."""
    print(json.dumps(schema(), indent=2))


def _loaded(file: Path) -> Scenario:
    try:
        return load_scenario(file)
    except InvalidScenario as invalid:
        print(f"hypersim: {file}: {invalid}", file=sys.stderr)
        raise typer.Exit(1) from None


def _tell(answer: Answer, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    told = answer.body
    held = ", ".join(told["held"]) or "none"
    facts = [("name", told["name"] or "none"), ("playing", _word(told["playing"])), ("held", held)]
    print_facts(facts)
    rows = [
        (one["at"] or "after", one["action"], one["state"], one["reason"] or "")
        for one in told["steps"]
    ]
    if rows:
        print_table(("at", "action", "state", "reason"), rows)


def _word(value: bool) -> str:
    return "yes" if value else "no"
