"""`hypersim clock`: the exchange's time, and moving it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hypersim.cli.admin_client import DEFAULT_URL, AdminClient, DataDir, Token, Url, connected
from hypersim.cli.duration import FORM, milliseconds
from hypersim.cli.output import AsJson, print_facts, print_json

commands = typer.Typer(help="The exchange's time, where it is simulated.", no_args_is_help=True)

ADVANCE_TIMEOUT_S = 3_600.0
"""A year of minutes takes a while."""

_STOPS = ("event", "fill", "push", "end")


@commands.callback()
def _group() -> None:
    """The exchange's time, where it is simulated."""


@commands.command()
def show(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """What time it is, and how it passes."""
    _tell(None, as_json, url, token, data_dir)


@commands.command()
def pause(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """Have time stand still."""
    _tell({"mode": "paused"}, as_json, url, token, data_dir)


@commands.command()
def resume(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """Have time run again."""
    _tell({"mode": "running"}, as_json, url, token, data_dir)


@commands.command()
def speed(
    times: Annotated[
        float,
        typer.Argument(
            metavar="N", help="Times the wall's; 0 for as fast as possible.", show_default=False
        ),
    ],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """How fast time passes while it runs."""
    _tell({"speed": times}, as_json, url, token, data_dir)


@commands.command()
def advance(
    how_far: Annotated[
        str,
        typer.Argument(
            metavar="HOW_FAR",
            help="A duration (500ms, 5m, 2h, 1d), a time (2022-01-31T12:00:00Z), or what to stop "
            "at: event, fill, push, end.",
            show_default=False,
        ),
    ],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Move time, and return when all that happens meanwhile is durable and pushed."""
    wanted = body_of(how_far)
    with connected(url, token, data_dir) as admin:
        answer = _patient(admin).post("/admin/clock/advance", wanted)
    if as_json:
        print_json(answer)
        return
    body = answer.body
    counted = ("marketEvents", "trades", "fills", "ordersClosed")
    print_facts(
        [("now", str(body["nowMs"])), ("reached", body["reached"])]
        + [(name, str(body[name])) for name in counted]
    )


def _patient(admin: AdminClient) -> AdminClient:
    admin.wait_up_to(ADVANCE_TIMEOUT_S)
    return admin


def body_of(how_far: str) -> dict[str, Any]:
    if how_far in _STOPS:
        return {"until": how_far}
    if (far_ms := milliseconds(how_far)) is not None:
        return {"ms": far_ms}
    if how_far[:1].isdigit() and "T" in how_far:
        return {"to": how_far}
    print(
        f"hypersim: HOW_FAR must be {FORM}, a time such as "
        f"2022-01-31T12:00:00Z, or one of {', '.join(_STOPS)}; not {how_far[:40]!r}",
        file=sys.stderr,
    )
    raise typer.Exit(2)


def _tell(
    change: dict[str, Any] | None, as_json: bool, url: str, token: str | None, data_dir: Path | None
) -> None:
    """How time passes, after the change if there is one."""
    with connected(url, token, data_dir) as admin:
        is_look = change is None
        answer = admin.get("/admin/clock") if is_look else admin.post("/admin/clock", change)
    if as_json:
        print_json(answer)
        return
    body = answer.body
    print_facts(
        [
            ("time", f"{body['datetime']} ({body['nowMs']})"),
            ("mode", body["mode"]),
            ("speed", f"{body['speed']:g}"),
        ]
    )
