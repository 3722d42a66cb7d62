"""`hypersim client`: how bots behave."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from hypersim.cli.admin_client import DEFAULT_URL, AdminClient, DataDir, Token, Url, connected
from hypersim.cli.output import NOTHING, AsJson, print_json, print_table

FAILED = 1
"""The exit status where a rule failed."""

commands = typer.Typer(
    help="How bots behave, on a server with --watch (docs/driving-test.md).", no_args_is_help=True
)


@commands.callback()
def _group() -> None:
    """How bots behave, on a server with --watch (docs/driving-test.md)."""


@commands.command()
def report(
    junit: Annotated[
        Path | None,
        typer.Option(help="Write it into this file too, as JUnit does.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """What each client did right and wrong; ends with 1 where a rule failed."""
    with connected(url, token, data_dir) as admin:
        clients = tell_report(admin, junit, as_json=as_json)
    if has_failed(clients):
        raise typer.Exit(FAILED)


def tell_report(admin: AdminClient, junit: Path | None, *, as_json: bool) -> list[dict[str, Any]]:
    """Print it, and return what the server says of each client. Raises `AdminFailure`."""
    answer = admin.get("/admin/clients")
    if junit is not None:
        junit.write_bytes(admin.fetch("/admin/clients.xml"))
    clients: list[dict[str, Any]] = answer.body["clients"]
    if as_json:
        print_json(answer)
    else:
        print_clients(clients)
    return clients


def print_clients(clients: list[dict[str, Any]]) -> None:
    """A table of all rules."""
    if not clients:
        print("no client has sent anything yet")
        return
    columns = ("client", "rule", "verdict", "found", "what")
    print_table(columns, _rows(clients), numbers=("found",), whole=("rule", "verdict"))


def has_failed(clients: list[dict[str, Any]]) -> bool:
    """Whether any rule did."""
    return any(rule["verdict"] == "fail" for client in clients for rule in client["rules"])


def _rows(clients: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """A row for each rule, with what was found first."""
    for client in clients:
        name = client["user"] or client["key"] or "without a key"
        for rule in client["rules"]:
            found = rule["findings"]
            text = found[0]["text"] if found else NOTHING
            yield name, rule["rule"], rule["verdict"], str(len(found)), text
            name = ""
