"""The command line: `hypersim serve`, and thin clients of the admin API."""

import sys
from typing import Annotated

import typer

from hypersim import __version__, is_compiled
from hypersim.cli.commands import Commands
from hypersim.cli.process_title import hide_secrets

app = typer.Typer(
    name="hypersim",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        print(f"hypersim {__version__} ({'compiled' if is_compiled() else 'plain Python'})")
        raise typer.Exit


@app.callback()
def _about(
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Say which version runs, and end",
            callback=_tell_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """A simulated crypto exchange that real trading clients cannot tell from a real one."""


def main() -> None:
    """The console script."""
    hide_secrets(sys.orig_argv)
    app()
