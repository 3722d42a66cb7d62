"""`hypersim balance`: set, deposit, withdraw, show."""

from pathlib import Path
from typing import Annotated

import typer

from hypersim.cli.admin_client import (
    DEFAULT_URL,
    DataDir,
    Token,
    Url,
    User,
    connected,
    user_path,
)
from hypersim.cli.output import (
    BALANCE_COLUMNS,
    AsJson,
    balance_rows,
    number,
    print_json,
    print_table,
)

commands = typer.Typer(help="Balances: set, deposit, withdraw, show.", no_args_is_help=True)

Asset = Annotated[str, typer.Argument(metavar="ASSET", help="Such as USDT.", show_default=False)]
Amount = Annotated[
    str, typer.Argument(metavar="AMOUNT", help="Plain digits, such as 12.5.", show_default=False)
]
Reference = Annotated[
    str, typer.Option(metavar="TEXT", help="A note for the ledger.", show_default=False)
]


@commands.command("set")
def set_balance(
    user: User,
    asset: Asset,
    amount: Amount,
    reference: Reference = "",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Make AMOUNT what is available; what open orders hold stays."""
    wanted = _wish("set", user, asset, amount, reference)
    _change(wanted, as_json, url, token, data_dir)


@commands.command()
def deposit(
    user: User,
    asset: Asset,
    amount: Amount,
    reference: Reference = "",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Give money to a user."""
    wanted = _wish("deposit", user, asset, amount, reference)
    _change(wanted, as_json, url, token, data_dir)


@commands.command()
def withdraw(
    user: User,
    asset: Asset,
    amount: Amount,
    reference: Reference = "",
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Take available money from a user."""
    wanted = _wish("withdraw", user, asset, amount, reference)
    _change(wanted, as_json, url, token, data_dir)


@commands.command()
def show(
    user: User,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="As it was then: 2026-01-31T12:00:00Z, or in ms."),
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """What a user owns, or owned at the end of a millisecond."""
    with connected(url, token, data_dir) as admin:
        if as_of is None:
            answer = admin.get(user_path(user))
        else:
            answer = admin.get("/admin/balances", user=user, asOf=as_of)
    if as_json:
        print_json(answer)
        return
    body = answer.body
    balances = body["balances"] if as_of is None else {row["asset"]: row for row in body}
    print_table(BALANCE_COLUMNS, balance_rows(balances), numbers=BALANCE_COLUMNS[1:])


def _wish(action: str, user: str, asset: str, amount: str, reference: str) -> dict[str, str]:
    return {
        "user": user,
        "asset": asset.upper(),
        "amount": amount,
        "action": action,
        "reference": reference,
    }


def _change(
    wanted: dict[str, str], as_json: bool, url: str, token: str | None, data_dir: Path | None
) -> None:
    with connected(url, token, data_dir) as admin:
        answer = admin.post("/admin/balances", wanted)
    if as_json:
        print_json(answer)
        return
    body = answer.body
    held = f", {number(body['locked'])} locked" if body["locked"] else ""
    print(f"{body['user']}: {number(body['available'])} {body['asset']} available{held}")
