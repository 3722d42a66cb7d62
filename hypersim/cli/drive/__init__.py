"""`hypersim drive`: a bot under faults, and how it took them."""

from pathlib import Path
from typing import Annotated

import typer

from hypersim.cli.drive.drives import Drives, Files
from hypersim.cli.drive.driving import START
from hypersim.cli.drive.faults import faults_of
from hypersim.cli.drive.seeds import FORM, seeds_of
from hypersim.cli.run.options import (
    Balance,
    Command,
    For,
    Port,
    Speed,
    option,
    usage,
    wanted_of,
)
from hypersim.cli.run.session import status_of

DEFAULT_PRESET = "nightmare"

Preset = Annotated[str | None, option(f"Faults that go together ({DEFAULT_PRESET})")]
Faults = Annotated[
    Path | None, option("The faults of a file rather than a preset's", metavar="FILE")
]
Seed = Annotated[int | None, option("Of the market, and of chance (7)")]
Seeds = Annotated[
    str | None,
    option("Try each; of the first that fails find the faults to blame", metavar="FIRST-LAST"),
]
Golden = Annotated[
    Path | None,
    option(
        "Compare requests and fills with this file; write it if it is not there", metavar="FILE"
    ),
]
Junit = Annotated[Path | None, option("Write the report as JUnit XML", metavar="FILE")]
Har = Annotated[Path | None, option("Write what the bot sent as HAR", metavar="FILE")]
Start = Annotated[str | None, option(f"When time begins ({START})", metavar="TIME")]


def drive(
    command: Command,
    preset: Preset = None,
    faults: Faults = None,
    speed: Speed = None,
    start: Start = None,
    for_: For = None,
    balance: Balance = None,
    port: Port = 0,
    seed: Seed = None,
    seeds: Seeds = None,
    golden: Golden = None,
    junit: Junit = None,
    har: Har = None,
) -> None:
    """Run a bot under faults, and say how it took them.

    Each time on a fresh server, as `hypersim run` does. Ends with 1 where the bot broke a rule
    (docs/driving-test.md), else with its status.
    """
    if preset is not None and faults is not None:
        usage("give --preset or --faults, and not both")
    for path in filter(None, (golden, junit, har)):
        if not path.parent.is_dir():
            usage(f"{path} cannot be written: there is no directory {path.parent}")
    armed = faults_of(preset or DEFAULT_PRESET, faults)
    wanted = wanted_of(command, speed=speed, start=start, for_=for_, balance=balance, port=port)
    driven = Drives(wanted, Files(golden, junit, har))
    if seeds is None:
        raise typer.Exit(status_of(lambda: driven.once(seed, armed)))
    span = seeds_of(seeds)
    if span is None:
        usage(f"--seeds must be {FORM}, not {seeds[:40]!r}")
    if seed is not None or golden is not None:
        usage("--seed and --golden are for a single drive; leave out --seeds")
    raise typer.Exit(status_of(lambda: driven.many(span, armed)))
