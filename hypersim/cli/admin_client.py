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
from hypersim.settings import Settings, SettingsError, load_settings

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_S = 30.0

_PANEL = "Connection"
_GIVE_ONE = "give --token or HYPERSIM_ADMIN_TOKEN"

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
        metavar="TOKEN",
        help="Its admin token (HYPERSIM_ADMIN_TOKEN); else the one in the data directory.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="The server's data directory (HYPERSIM_DATA_DIR), if not the default one.",
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


class FoundToken(NamedTuple):
    """The admin token, if there is one, and what to say when the server does not take it."""

    token: Secret | None
    otherwise: str


class AdminClient:
    """One server's admin API."""

    def __init__(self, url: str, found: FoundToken) -> None:
        self.url = url.rstrip("/")
        self.token = found.token
        self._timeout_s = TIMEOUT_S
        self._otherwise = found.otherwise
        headers = {b"Authorization": b"Bearer " + found.token.value.encode()} if found.token else {}
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

    def fetch(self, path: str) -> bytes:
        """An answer that is no JSON, as it came. Raises `AdminFailure`."""
        response = self._send("GET", path)
        if response.is_error:
            self._read(response)
        return response.content

    def wait_up_to(self, timeout_s: float) -> None:
        """For an answer to what takes its time."""
        self._timeout_s = timeout_s
        self._http.timeout = timeout_s

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _request(self, method: str, path: str, **content: Any) -> Answer:
        return self._read(self._send(method, path, **content))

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            return self._http.request(method, self.url + path, **content)
        except httpx.ConnectError:
            message = f"no hypersim at {self.url}; start it with `hypersim serve`"
            raise AdminFailure(message) from None
        except httpx.TimeoutException:
            message = f"{self.url} did not answer within {self._timeout_s:.0f} s"
            raise AdminFailure(message) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AdminFailure(f"cannot talk to {self.url}: {error}") from None

    def _read(self, response: httpx.Response) -> Answer:
        try:
            body = json.loads(response.content, parse_float=Decimal)
            refusal = body["error"] if response.is_error else {"code": "", "message": ""}
            code, message = refusal["code"], _worded(refusal)
        except (ValueError, LookupError, TypeError):
            raise AdminFailure(
                f"{self.url} answers, but not as hypersim does (HTTP {response.status_code})"
            ) from None
        if response.status_code == 401:
            message = self._otherwise
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
    """A client with the token that was given, else with that of the data directory. Both may be in
    the environment, over which the command line wins: a `data_dir` there over a token that is set
    for another server.

    The file's token is sent to this machine only, unless the directory was named.

    Raises `AdminFailure`.
    """
    try:
        set_here = load_settings({})
    except SettingsError as error:
        raise AdminFailure(str(error)) from None
    if token is not None:
        return AdminClient(url, _given(Secret(token), "--token", url))
    if data_dir is None and set_here.admin_token is not None:
        return AdminClient(url, _given(set_here.admin_token, "HYPERSIM_ADMIN_TOKEN", url))
    named = data_dir or set_here.data_dir
    if named is None and not _is_here(url):
        return AdminClient(url, FoundToken(None, f"no admin token: {_GIVE_ONE}, or --data-dir"))
    return AdminClient(url, _token_in(Settings(data_dir=named).data_root, url))


def _given(token: Secret, whence: str, url: str) -> FoundToken:
    return FoundToken(token, f"{url} does not know the admin token of {whence}")


def _token_in(root: Path, url: str) -> FoundToken:
    """The token that a server leaves in its data directory."""
    path = root / TOKEN_FILE
    try:
        if found := path.read_text(errors="replace").strip():
            return FoundToken(
                Secret(found),
                f"{url} does not know the admin token in {path}: it has another data directory "
                f"(name it with --data-dir), or was given a token of its own ({_GIVE_ONE})",
            )
        problem = f"{path} is empty"
    except PermissionError:
        problem = f"{path} may not be read"
    except OSError:
        problem = f"there is no {path}" if root.is_dir() else f"there is no directory {root}"
    return FoundToken(
        None, f"no admin token: {problem}; name the server's --data-dir, or {_GIVE_ONE}"
    )


@contextlib.contextmanager
def connected(url: str, token: str | None, data_dir: Path | None) -> Iterator[AdminClient]:
    """A client for the length of a block; what fails ends the command."""
    try:
        with contextlib.closing(open_client(url, token, data_dir)) as client:
            yield client
    except AdminFailure as failure:
        print(f"hypersim: {failure}", file=sys.stderr)
        raise typer.Exit(1) from None


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
