"""`hypersim status` and `hypersim reset`: the exchange as a whole."""

import sys
from typing import Annotated, Any

import typer

from hypersim.cli.admin_client import DEFAULT_URL, DataDir, Token, Url, connected
from hypersim.cli.output import AsJson, print_facts, print_json


def status(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """What the running exchange has done so far."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get("/admin/status")
    if as_json:
        print_json(answer)
    else:
        print_facts(_facts(answer.body))


def reset(
    yes: Annotated[
        bool, typer.Option("--yes", help="Really; there is no way back.", show_default=False)
    ] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Delete all users, orders and balances; markets and prices stay."""
    if not yes:
        print("hypersim: this deletes every user and order; say --yes", file=sys.stderr)
        raise typer.Exit(1)
    with connected(url, token, data_dir) as admin:
        answer = admin.post("/admin/reset", {})
    if as_json:
        print_json(answer)
    else:
        print("the exchange is empty again")


def _facts(body: dict[str, Any]) -> list[tuple[str, str]]:
    counters = body["counters"]
    return [
        ("version", body["version"]),
        ("up for", f"{body['uptimeMs'] / 1000:,.0f} s"),
        ("time", body["datetime"]),
        ("feed", f"{body['feed']['name']} ({body['feed']['state']})"),
        ("matching", body["matching"]),
        ("database", "available" if body["recordAvailable"] else "away"),
        ("users", str(body["users"])),
        ("markets", str(body["symbols"])),
        ("open orders", str(body["openOrders"])),
        ("orders so far", str(counters["orders"])),
        ("trades so far", str(counters["trades"])),
        ("backlog", f"{body['backlog']} events"),
    ]
