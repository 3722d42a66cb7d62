"""`hypersim fault`: what goes wrong on purpose."""

import json
import sys
from typing import Annotated, Any

import typer

from hypersim.cli.admin_client import (
    DEFAULT_URL,
    AdminFailure,
    DataDir,
    Token,
    Url,
    connected,
)
from hypersim.cli.output import AsJson, print_facts, print_json, print_table

commands = typer.Typer(help="What goes wrong on purpose (docs/faults.md).", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """What goes wrong on purpose (docs/faults.md)."""


@commands.command()
def arm(
    do: Annotated[
        str,
        typer.Argument(
            metavar="[DO]",
            help="""What happens, as JSON: '{"delayMs": 500}', or only a name: drop.""",
            show_default=False,
        ),
    ] = "",
    match: Annotated[
        str,
        typer.Option(
            help="""To which requests, as JSON: '{"endpoint": "POST *", "times": 3}'.""",
            show_default=False,
        ),
    ] = "{}",
    preset: Annotated[
        str, typer.Option(help="Faults that go together, such as nightmare.", show_default=False)
    ] = "",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Have something go wrong from now on."""
    if bool(do) == bool(preset):
        raise _wrong("give DO or --preset, and not both")
    wanted: dict[str, Any] = {"match": _object(match, "--match")}
    wanted |= {"preset": preset} if preset else {"do": _object(do, "DO")}
    with connected(url, token, data_dir) as admin:
        try:
            answer = admin.post("/admin/faults", wanted)
        except AdminFailure as failure:
            if not failure.code.startswith("INVALID"):
                raise
            raise _wrong(str(failure)) from None
    if as_json:
        print_json(answer)
    else:
        ids = [answer.body["id"]] if do else answer.body["ids"]
        print_facts([("id", one) for one in ids])


@commands.command("list")
def list_armed(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """What goes wrong, and how often it did."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get("/admin/faults")
    if as_json:
        print_json(answer)
        return
    rows = [
        (one["id"], _text(one["do"]), _text(one["match"]), str(one["hits"]))
        for one in answer.body["faults"]
    ]
    print_table(("id", "do", "match", "hits"), rows, numbers=("hits",))


@commands.command()
def clear(
    fault_id: Annotated[
        str, typer.Argument(metavar="[ID]", help="All of them without one.", show_default=False)
    ] = "",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Have it go wrong no more."""
    with connected(url, token, data_dir) as admin:
        answer = admin.delete(f"/admin/faults/{fault_id}" if fault_id else "/admin/faults")
    if as_json:
        print_json(answer)
    else:
        print_facts([("cleared", str(answer.body["cleared"]))])


def _object(text: str, name: str) -> dict[str, Any]:
    """JSON, or the name of a fault that needs no value."""
    if text.isalpha():
        return {text: True}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _wrong(f"{name} must be a JSON object, not {text[:60]!r}")
    return found


def _wrong(message: str) -> typer.Exit:
    print(f"hypersim: {message}", file=sys.stderr)
    return typer.Exit(2)


def _text(value: Any) -> str:
    return json.dumps(value, default=float)
