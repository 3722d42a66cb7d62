"""`hypersim feed`: where prices come from, and how fresh they are."""

from typing import Any

import typer

from hypersim.cli.admin_client import DEFAULT_URL, DataDir, Token, Url, connected
from hypersim.cli.output import (
    NOTHING,
    AsJson,
    number,
    print_facts,
    print_json,
    print_table,
)

commands = typer.Typer(help="The feed of prices.", no_args_is_help=True)

_COLUMNS = ("symbol", "bid", "ask", "last", "age", "state")


@commands.callback()
def _group() -> None:
    """The feed of prices."""


@commands.command()
def status(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """How the feed is doing, and how old each market's last event is."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get("/admin/feed")
    if as_json:
        print_json(answer)
        return
    body = answer.body
    print_facts(
        [
            ("feed", body["name"]),
            ("state", body["state"]),
            ("detail", body["detail"] or NOTHING),
            ("reconnects", str(body["reconnects"])),
        ]
    )
    print()
    print_table(_COLUMNS, map(_row, body["symbols"]), numbers=_COLUMNS[1:5])


def _row(market: dict[str, Any]) -> tuple[str, ...]:
    age_ms = market["ageMs"]
    age = NOTHING if age_ms is None else f"{age_ms / 1000:,.1f} s"
    state = "no price yet" if age_ms is None else "stale" if market["stale"] else "fresh"
    prices = (number(market[name]) for name in ("bid", "ask", "last"))
    return market["symbol"], *prices, age, state
