"""`hypersim key`: create, list, revoke."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hypersim.account.user import KeyKind
from hypersim.cli.admin_client import DEFAULT_URL, DataDir, Token, Url, User, connected, key_path
from hypersim.cli.output import AsJson, print_facts, print_json, print_table
from hypersim.cli.user import key_facts

commands = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)

Fixed = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Instead of a random one.", show_default=False),
]
PublicKey = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        readable=True,
        help="PEM; requests are signed with its private half, not with a secret.",
        show_default=False,
    ),
]
Kind = Annotated[
    KeyKind | None, typer.Option(help="What the public key must be.", show_default=False)
]


@commands.command()
def create(
    user: User,
    label: Annotated[
        str, typer.Option(metavar="TEXT", help="A name for people.", show_default=False)
    ] = "",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="It may not trade.", show_default=False)
    ] = False,
    allow_ip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="IP",
            help="Address or network it may be used from; repeatable. None: from anywhere.",
            show_default=False,
        ),
    ] = None,
    api_key: Fixed = None,
    api_secret: Fixed = None,
    passphrase: Fixed = None,
    public_key: PublicKey = None,
    kind: Kind = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Issue an API key; print it with its secret, once."""
    wanted = {
        "user": user,
        "label": label,
        "permissions": ["read"] if read_only else ["read", "trade"],
        "allowedIps": allow_ip or [],
        "apiKey": api_key,
        "apiSecret": api_secret,
        "passphrase": passphrase,
        "kind": kind,
        "publicKey": public_key and public_key.read_text(errors="replace"),
    }
    with connected(url, token, data_dir) as admin:
        answer = admin.post("/admin/keys", wanted)
    if as_json:
        print_json(answer)
    else:
        print_facts([("user", answer.body["user"]), *key_facts(answer.body)])


@commands.command("list")
def list_keys(
    user: Annotated[
        str | None,
        typer.Argument(metavar="USER", help="Email or id; all users without.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """API keys, without their secrets."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get("/admin/keys", user=user)
    if as_json:
        print_json(answer)
    else:
        columns = ("api key", "user", "label", "may", "state")
        print_table(columns, map(_row, answer.body), whole=("api key", "may"))


@commands.command()
def revoke(
    api_key: Annotated[str, typer.Argument(metavar="KEY", show_default=False)],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """End an API key for good."""
    with connected(url, token, data_dir) as admin:
        answer = admin.delete(key_path(api_key))
    if as_json:
        print_json(answer)
    else:
        print(f"revoked {answer.body['apiKey']} of {answer.body['user']}")


def _row(key: dict[str, Any]) -> tuple[str, ...]:
    may = " ".join((*key["permissions"], *_way_to_sign(key["kind"])))
    state = "revoked" if key["revoked"] else " ".join(("in use", *_origin(key["allowedIps"])))
    return key["apiKey"], key["user"], key["label"], may, state


def _way_to_sign(kind: str) -> list[str]:
    return [] if kind == KeyKind.HMAC else [f"({kind})"]


def _origin(allowed_ips: list[str]) -> list[str]:
    return ["from", *allowed_ips] if allowed_ips else []
