"""The command line: `hypersim serve`, and thin clients of the admin API."""

import typer

from hypersim.cli.serve import serve

app = typer.Typer(
    name="hypersim",
    help="A simulated crypto exchange that real trading clients cannot tell from a real one.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command()(serve)


@app.callback()
def _root() -> None:
    """Keeps `serve` a subcommand even while it is the only one."""


def main() -> None:
    """The console script."""
    app()
