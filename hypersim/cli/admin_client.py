"""A thin client of the admin API, and what commands have in common: how they find the server,
and how they name a user or a market.

What goes wrong is an `AdminFailure` with one clear line; `connected` prints it and ends the command
with exit code 1.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeAlias
from urllib.parse import quote

import httpx
import msgspec
import typer

from hypersim.account.user import Secret
from hypersim.admin.token import TOKEN_FILE
from hypersim.settings import Settings

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_S = 30.0

_PANEL = "Connection"

Url: TypeAlias = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="HYPERSIM_URL",
        metavar="URL",
        help="Where hypersim serves.",
        rich_help_panel=_PANEL,
    ),
]
Token: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="HYPERSIM_ADMIN_TOKEN",
        metavar="TOKEN",
        help="Its admin token; else the one in the data directory.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="HYPERSIM_DATA_DIR",
        metavar="DIR",
        help="The server's data directory, when it is not the default one.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]

User: TypeAlias = Annotated[
    str, typer.Argument(metavar="USER", help="Email or id.", show_default=False)
]
Symbol: TypeAlias = Annotated[
    str, typer.Argument(metavar="SYMBOL", help="Such as BTC/USDT.", show_default=False)
]


class AdminFailure(Exception):
    """The server did not do it; the message is one clear line. `code` is the server's word for it,
    empty when it gave none."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Answer(NamedTuple):
    """What the server said: numbers in `body` are exact, `raw` is as it came."""

    body: Any
    raw: bytes


class AdminClient:
    """One server's admin API. `token_hint` says where a token was looked for, if none was found."""

    def __init__(self, url: str, token: Secret | None, token_hint: str = "") -> None:
        self.url = url.rstrip("/")
        self._token_hint = token_hint
        headers = {b"Authorization": b"Bearer " + token.value.encode()} if token else {}
        # A proxy is for the way out; the exchange is at home, and its token too.
        self._http = httpx.Client(headers=headers, timeout=TIMEOUT_S, trust_env=False)

    def get(self, path: str, **query: str | None) -> Answer:
        """Raises `AdminFailure`."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._request("GET", path, params=given)

    def post(self, path: str, body: object) -> Answer:
        """`body` is sent as JSON. Raises `AdminFailure`."""
        return self._request("POST", path, content=msgspec.json.encode(body))

    def delete(self, path: str) -> Answer:
        """Raises `AdminFailure`."""
        return self._request("DELETE", path)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _request(self, method: str, path: str, **content: Any) -> Answer:
        try:
            response = self._http.request(method, self.url + path, **content)
        except httpx.ConnectError:
            message = f"no hypersim at {self.url}; start it with `hypersim serve`"
            raise AdminFailure(message) from None
        except httpx.TimeoutException:
            message = f"{self.url} did not answer within {TIMEOUT_S:.0f} s"
            raise AdminFailure(message) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AdminFailure(f"cannot talk to {self.url}: {error}") from None
        try:
            body = json.loads(response.content, parse_float=Decimal)
            refusal = body["error"] if response.is_error else {"code": "", "message": ""}
            code, message = refusal["code"], _worded(refusal)
        except (ValueError, LookupError, TypeError):
            raise AdminFailure(
                f"{self.url} answers, but not as hypersim does (HTTP {response.status_code})"
            ) from None
        if response.status_code == 401:
            message = self._token_hint or f"{self.url} does not know this admin token"
        if message:
            raise AdminFailure(message, code)
        return Answer(body, response.content)


def user_path(user: str, *rest: str) -> str:
    """The path of one user, by email or id."""
    return "/".join(("/admin/users", quote(user, safe=""), *rest))


def key_path(api_key: str) -> str:
    """The path of one API key."""
    return f"/admin/keys/{quote(api_key, safe='')}"


def open_client(url: str, token: str | None, data_dir: Path | None) -> AdminClient:
    """A client with the token that was given, else with that of the data directory.

    The file's token is sent to this machine only, unless the directory was named.
    """
    if token:
        return AdminClient(url, Secret(token))
    path = Settings(data_dir=data_dir).data_root / TOKEN_FILE
    hint = f"no admin token: give --token or HYPERSIM_ADMIN_TOKEN (there is none in {path})"
    if data_dir is None and not _is_here(url):
        return AdminClient(url, None, "no admin token: give --token or HYPERSIM_ADMIN_TOKEN")
    try:
        found = path.read_text(errors="replace").strip()
    except PermissionError:
        hint = f"no admin token: give --token or HYPERSIM_ADMIN_TOKEN ({path} may not be read)"
        found = ""
    except OSError:
        found = ""
    return AdminClient(url, Secret(found), "") if found else AdminClient(url, None, hint)


@contextlib.contextmanager
def connected(url: str, token: str | None, data_dir: Path | None) -> Iterator[AdminClient]:
    """A client for the length of a block; what fails ends the command."""
    client = open_client(url, token, data_dir)
    try:
        yield client
    except AdminFailure as failure:
        print(f"hypersim: {failure}", file=sys.stderr)
        raise typer.Exit(1) from None
    finally:
        client.close()


def _worded(refusal: dict[str, Any]) -> str:
    """The server's message; where money is short, with the figures."""
    message: str = refusal["message"]
    if refusal["code"] != "INSUFFICIENT_BALANCE":
        return message
    figures = (f"{name} {value}" for name, value in refusal["details"].items())
    return f"{message} ({', '.join(figures)})"


def _is_here(url: str) -> bool:
    try:
        host = httpx.URL(url).host
        return host == "localhost" or ip_address(host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False
