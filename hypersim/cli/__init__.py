"""The command line: `hypersim serve`, and thin clients of the admin API."""

import sys

import typer

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


@app.callback()
def _about() -> None:
    """A simulated crypto exchange that real trading clients cannot tell from a real one."""


def main() -> None:
    """The console script."""
    hide_secrets(sys.orig_argv)
    app()
