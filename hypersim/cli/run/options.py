"""What can be asked of a run, in `hypersim run` and in `hypersim drive`."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from hypersim.cli.duration import FORM, milliseconds

DEFAULT_BALANCES = {"USDT": "10000"}


class Wanted(NamedTuple):
    """What was asked for. `for_ms` is of the exchange's time; None is until the bot ends."""

    command: list[str]
    speed: float | None
    start: str | None
    for_ms: int | None
    balances: Mapping[str, str]
    port: int


def option(help_text: str, *names: str, metavar: str | None = None) -> Any:
    """One whose default its help tells."""
    return typer.Option(*names, metavar=metavar, help=help_text, show_default=False)


Command = Annotated[
    list[str],
    typer.Argument(
        metavar="-- COMMAND...",
        help="The bot; {url}, {wsUrl}, {key} and {secret} are replaced in it.",
        show_default=False,
    ),
]
Speed = Annotated[float | None, option("Speed of time, for both (1)")]
Start = Annotated[str | None, option("When time begins", metavar="TIME")]
For = Annotated[
    str | None,
    option("End the bot after so much of the exchange's time: 4h", "--for", metavar="DURATION"),
]
Balance = Annotated[
    list[str] | None,
    option("What the bot owns; repeatable (USDT=10000)", metavar="ASSET=AMOUNT"),
]
Port = Annotated[int, option("Of the server that is started, 0 for any free one (0)")]


def wanted_of(
    command: list[str],
    *,
    speed: float | None,
    start: str | None,
    for_: str | None,
    balance: list[str] | None,
    port: int,
) -> Wanted:
    """What the options say; what they cannot say ends the command."""
    for_ms = None if for_ is None else milliseconds(for_)
    if for_ is not None and not for_ms:
        usage(f"--for must be {FORM}, not {for_[:40]!r}")
    if speed is not None and not speed > 0:
        usage(f"--speed must be above 0, not {speed:g}: a bot cannot run as fast as possible")
    return Wanted(command, speed, start, for_ms, _balances(balance), port)


def usage(message: str) -> NoReturn:
    """End the command: it cannot be called so."""
    print(f"hypersim: {message}", file=sys.stderr)
    raise typer.Exit(2)


def _balances(given: list[str] | None) -> Mapping[str, str]:
    if not given:
        return DEFAULT_BALANCES
    balances = {}
    for text in given:
        asset, _, amount = text.partition("=")
        if not asset or not amount:
            usage(f"--balance must be ASSET=AMOUNT such as USDT=10000, not {text[:40]!r}")
        balances[asset.upper()] = amount
    return balances
