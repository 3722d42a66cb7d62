"""`hypersim user`: create, list, show, fees."""

from typing import Annotated, Any

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
    NOTHING,
    AsJson,
    balance_rows,
    number,
    print_facts,
    print_json,
    print_table,
)

commands = typer.Typer(help="Users: create them, look at them.", no_args_is_help=True)


@commands.command()
def create(
    email: Annotated[str, typer.Argument(metavar="EMAIL", show_default=False)],
    password: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="For logging in.", show_default=False),
    ] = None,
    label: Annotated[
        str, typer.Option(metavar="TEXT", help="Label of the first API key.")
    ] = "first",
    key: Annotated[bool, typer.Option("--key/--no-key", help="Also issue an API key.")] = True,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Open an account; print its API key and secret, once."""
    wanted = {"email": email, "password": password, "label": label, "withKey": key}
    with connected(url, token, data_dir) as admin:
        answer = admin.post("/admin/users", wanted)
    if as_json:
        print_json(answer)
        return
    body = answer.body
    facts = [("user", f"{body['email']} (id {body['id']})")]
    if key:
        facts += key_facts(body)
    print_facts(facts)


@commands.command("list")
def list_users(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """All users with what they own."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get("/admin/users")
    if as_json:
        print_json(answer)
        return
    rows = [
        (user["id"], user["email"], str(user["openOrders"]), _holdings(user))
        for user in answer.body
    ]
    print_table(("id", "email", "open orders", "owns"), rows, numbers=("id", "open orders"))


@commands.command()
def show(
    user: User,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """One user with balances."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get(user_path(user))
    if as_json:
        print_json(answer)
        return
    body = answer.body
    print_facts(_user_facts(body))
    if body["balances"]:
        print()
        print_table(BALANCE_COLUMNS, balance_rows(body["balances"]), numbers=BALANCE_COLUMNS[1:])


@commands.command()
def fees(
    user: User,
    maker: Annotated[
        str | None, typer.Option(metavar="RATE", help="Such as 0.001 for 0.1 %.")
    ] = None,
    taker: Annotated[str | None, typer.Option(metavar="RATE", help="In the same way.")] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Back to the instruments' rates.", show_default=False)
    ] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Give a user fee rates of their own."""
    if default == (maker is not None or taker is not None) or (maker is None) != (taker is None):
        raise typer.BadParameter("give --maker and --taker, or --default")
    rates = None if default else {"maker": maker, "taker": taker}
    with connected(url, token, data_dir) as admin:
        answer = admin.post(user_path(user, "fees"), rates)
    if as_json:
        print_json(answer)
    else:
        print_facts(_user_facts(answer.body))


def key_facts(body: dict[str, Any]) -> list[tuple[str, str]]:
    """A new API key, as `user create` and `key create` print it."""
    secret = body["apiSecret"]
    return [
        ("api key", body["apiKey"]),
        ("api secret", "none: sign with your private key" if secret is None else secret),
        ("passphrase", body["passphrase"]),
    ]


def _user_facts(body: dict[str, Any]) -> list[tuple[str, str]]:
    rates = body["fees"]
    own = f"maker {number(rates['maker'])}, taker {number(rates['taker'])}" if rates else ""
    return [
        ("user", body["email"]),
        ("id", body["id"]),
        ("since", body["datetime"]),
        ("fees", own or "those of the instruments"),
        ("open orders", str(body["openOrders"])),
    ]


def _holdings(user: dict[str, Any]) -> str:
    owned = [
        f"{number(balance['total'])} {asset}"
        for asset, balance in user["balances"].items()
        if balance["total"]
    ]
    return ", ".join(owned) or NOTHING
