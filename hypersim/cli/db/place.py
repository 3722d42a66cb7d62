"""Where the record is, for commands that need no server, and how their errors end."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer

from hypersim.settings import Settings, SettingsError, load_settings
from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.vault import MasterKeyUnusable

DataDir = Annotated[Path | None, typer.Option(help="Where data is kept.", show_default=False)]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="This PostgreSQL, not the embedded one.", show_default=False),
]


def settings_of(data_dir: Path | None, database_url: str | None) -> Settings:
    """Of the options, then of the environment."""
    try:
        return load_settings({"data_dir": data_dir, "database_url": database_url})
    except SettingsError as error:
        raise fail(error) from None


def perform(work: Coroutine[None, None, bool]) -> None:
    """Do it; exit 1 where it finds something wrong, or cannot be done."""
    try:
        is_well = asyncio.run(work)
    except (DatabaseUnavailable, MasterKeyUnusable) as error:
        raise fail(error) from None
    if not is_well:
        raise typer.Exit(1)


def fail(error: Exception | str) -> typer.Exit:
    """Say it; raise what is returned."""
    print(f"hypersim: {error}", file=sys.stderr)
    return typer.Exit(1)


def say(line: str) -> None:
    """Of what takes time, beside the answer."""
    print(line, file=sys.stderr)
