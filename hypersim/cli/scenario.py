"""`hypersim scenario`: what happens on an exchange, written down."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hypersim.feeds.scenario_file import load_scenario
from hypersim.service.scenarios.reading import InvalidScenario, schema

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
    try:
        scenario = load_scenario(file)
    except InvalidScenario as invalid:
        print(f"hypersim: {file}: {invalid}", file=sys.stderr)
        raise typer.Exit(1) from None
    steps = len(scenario.steps)
    print(f"{file}: {scenario.name!r} can be played: {steps} step{'s' if steps != 1 else ''}")


@commands.command("schema")
def show_schema() -> None:
    """The JSON schema of a scenario, for editors."""
    print(json.dumps(schema(), indent=2))
