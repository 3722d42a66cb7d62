"""The command line: `hypersim serve`, and thin clients of the admin API."""

import sys

import typer

from hypersim.cli import balance, feed, key, market, price, user
from hypersim.cli.bench import bench
from hypersim.cli.exchange import reset, status
from hypersim.cli.process_title import hide_secrets
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
app.command()(bench)

CLIENTS = "A running hypersim"

for name, group in (
    ("user", user.commands),
    ("key", key.commands),
    ("balance", balance.commands),
    ("price", price.commands),
    ("market", market.commands),
    ("feed", feed.commands),
):
    app.add_typer(group, name=name, rich_help_panel=CLIENTS)
app.command(rich_help_panel=CLIENTS)(status)
app.command(rich_help_panel=CLIENTS)(reset)


def main() -> None:
    """The console script."""
    hide_secrets(sys.orig_argv)
    app()
