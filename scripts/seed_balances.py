#!/usr/bin/env python3
"""Create users and set their balances, as a CSV or TOML file says.

Running it again changes nothing that is already so. What a balance is set to is what is available:
run it before the bots start trading, or it takes back what they have won.

    email,asset,amount            [[user]]
    ann@example.com,USDT,10000    email = "ann@example.com"
    ann@example.com,BTC,0.5       balances = { USDT = 10000, BTC = "0.5" }
    bob@example.com,,             [[user]]
                                  email = "bob@example.com"
"""

import csv
import io
import json
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from hypersim.api.accounts.rules import is_email
from hypersim.cli.admin_client import (
    DEFAULT_URL,
    AdminClient,
    AdminFailure,
    DataDir,
    Token,
    Url,
    connected,
    user_path,
)
from hypersim.market.number import parse_decimal

COLUMNS = ["email", "asset", "amount"]
CREDENTIALS = ("apiKey", "apiSecret", "passphrase")

_ASSET = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
_USER_TABLE = re.compile(r"\s*\[\[\s*user\s*\]\]")


class BadFile(Exception):
    """The file cannot be used; the message names file, line and what was expected."""


class Wish(NamedTuple):
    """One user's balances by asset, as written in plain digits."""

    email: str
    balances: dict[str, str]


class Outcome(NamedTuple):
    """What became of one wish. `credentials` is empty for a user who existed; `changed` are the
    assets whose balance was set."""

    wish: Wish
    credentials: dict[str, str]
    changed: list[str]


def seed(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .toml file.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Put new keys into this JSON file (0600), unprinted."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Create the users of a CSV or TOML file and set their balances; print the new users' keys.

    A CSV has the columns email, asset, amount; a TOML has tables named user, each with an email and
    balances. Running it again changes nothing that is already so.
    """
    outcomes: list[Outcome] = []
    try:
        wishes = read_wishes(file)
        kept = read_keys(out) if out else {}
        if out:
            # Before anything is created whose secret could then not be kept.
            write_keys(out, kept)
        with reported(outcomes, as_json=as_json, out=out, kept=kept):
            grant_all(url, token, data_dir, wishes, outcomes)
    except BadFile as bad:
        print(f"seed_balances: {bad}", file=sys.stderr)
        raise typer.Exit(1) from None


@contextmanager
def reported(
    outcomes: list[Outcome], *, as_json: bool, out: Path | None, kept: dict[str, Any]
) -> Iterator[None]:
    """A secret is shown once: what was created before a failure must not be lost."""
    try:
        yield
    finally:
        report(outcomes, as_json=as_json, out=out, kept=kept)


def grant_all(
    url: str, token: str | None, data_dir: Path | None, wishes: list[Wish], outcomes: list[Outcome]
) -> None:
    """Carry out all wishes. Raises `AdminFailure`."""
    with connected(url, token, data_dir) as admin:
        for wish in wishes:
            grant(admin, wish, outcomes)


def grant(admin: AdminClient, wish: Wish, outcomes: list[Outcome]) -> None:
    """Create the user if there is none of that email, and set what differs; says so in
    `outcomes` step by step. Raises `AdminFailure`."""
    credentials: dict[str, str] = {}
    try:
        user = admin.post("/admin/users", {"email": wish.email, "label": "seed"}).body
        credentials = {name: user[name] for name in CREDENTIALS}
    except AdminFailure as failure:
        if failure.code != "EMAIL_TAKEN":
            raise
        user = admin.get(user_path(wish.email)).body
    changed: list[str] = []
    outcomes.append(Outcome(wish, credentials, changed))
    for asset, amount in wish.balances.items():
        held = user["balances"].get(asset, {"available": 0})
        if held["available"] == parse_decimal(amount):
            continue
        body = {"user": wish.email, "asset": asset, "amount": amount, "action": "set"}
        admin.post("/admin/balances", {**body, "reference": "seed"})
        changed.append(asset)


def report(
    outcomes: list[Outcome], *, as_json: bool, out: Path | None, kept: dict[str, Any]
) -> None:
    """Print what was done; with `out`, put the keys there instead. Raises `BadFile`."""
    if out is not None:
        new = {done.wish.email: done.credentials for done in outcomes if done.credentials}
        if new:
            write_keys(out, {**kept, **new})
    is_shown = out is None
    if as_json:
        print(json.dumps({"users": [_as_json(done, is_shown) for done in outcomes]}, indent=2))
        return
    for done in outcomes:
        state = "created" if done.credentials else "exists"
        changes = [f"{asset} set to {done.wish.balances[asset]}" for asset in done.changed]
        print(f"{done.wish.email}: {state}, {', '.join(changes) or 'balances as they should be'}")
        for name, value in done.credentials.items() if is_shown else ():
            print(f"  {name:<10}  {value}")


def _as_json(done: Outcome, is_shown: bool) -> dict[str, Any]:
    return {
        "email": done.wish.email,
        "created": bool(done.credentials),
        **(done.credentials if is_shown else {}),
        "balances": done.wish.balances,
        "changed": list(done.changed),
    }


def read_wishes(file: Path) -> list[Wish]:
    """What the file asks for, checked to the last line. Raises `BadFile`."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadFile(f"cannot read {file}: {reason}") from None
    match file.suffix.lower():
        case ".csv":
            rows = _csv_rows(text, file)
        case ".toml":
            rows = _toml_rows(text, file)
        case _:
            raise BadFile(f"{file}: expected a .csv or a .toml file")
    wishes: dict[str, Wish] = {}
    for where, email, asset, amount in rows:
        wish = wishes.setdefault(email.lower(), Wish(email.lower(), {}))
        _check(where, wish, email, asset, amount)
        if asset:
            wish.balances[asset] = amount
    return list(wishes.values())


Row = tuple[str, str, str, str]
"""Where it stands (file:line), email, asset, amount. No asset: the user alone."""


def _csv_rows(text: str, file: Path) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if header != COLUMNS:
            raise BadFile(f"{file}:1: expected the columns {','.join(COLUMNS)}")
        for cells in reader:
            where = f"{file}:{reader.line_num}"
            if not any(cells):
                continue
            if len(cells) != len(COLUMNS):
                raise BadFile(f"{where}: expected {len(COLUMNS)} cells, not {len(cells)}")
            email, asset, amount = (cell.strip() for cell in cells)
            yield where, email, asset, amount
    except csv.Error as error:
        raise BadFile(f"{file}:{reader.line_num}: {error}") from None


def _toml_rows(text: str, file: Path) -> Iterator[Row]:
    try:
        # A float stays as it was written, to be parsed exactly.
        document = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{file}: {error}") from None
    users = document.get("user")
    if document.keys() != {"user"} or not isinstance(users, list):
        raise BadFile(f"{file}:1: expected [[user]] tables and nothing else")
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines, 1) if _USER_TABLE.match(line)]
    for index, user in enumerate(users):
        start = starts[index] if len(starts) == len(users) else 1
        where = f"{file}:{start}"
        if not isinstance(user, dict) or user.keys() - {"email", "balances"}:
            raise BadFile(f"{where}: a user has an email and balances, nothing else")
        email, balances = user.get("email", ""), user.get("balances", {})
        if not isinstance(email, str) or not isinstance(balances, dict):
            raise BadFile(f"{where}: email must be text, and balances a table")
        yield where, email, "", ""
        for asset, amount in balances.items():
            line = _line_of(lines, start, asset)
            if isinstance(amount, bool) or not isinstance(amount, str | int):
                raise BadFile(f"{file}:{line}: {asset} must be a number")
            yield f"{file}:{line}", email, asset, str(amount)


def _line_of(lines: list[str], start: int, asset: str) -> int:
    """The line on which a user's table, which starts on line `start`, speaks of the asset."""
    key = re.compile(rf"""(?:^|[\s{{,."']){re.escape(asset)}["']?\s*=""")
    for number, line in enumerate(lines[start - 1 :], start):
        if number > start and _USER_TABLE.match(line):
            break
        if key.search(line):
            return number
    return start


def _check(where: str, wish: Wish, email: str, asset: str, amount: str) -> None:
    if not is_email(email):
        raise BadFile(f"{where}: {email[:60]!r} is not an email address")
    if not asset and not amount:
        return
    if not _ASSET.fullmatch(asset):
        message = f"{asset[:40]!r} is no asset; expected capital letters or digits, such as USDT"
        raise BadFile(f"{where}: {message}")
    if asset in wish.balances:
        raise BadFile(f"{where}: {email} has {asset} twice")
    try:
        parse_decimal(amount)
    except ValueError as error:
        raise BadFile(f"{where}: {error}") from None


def read_keys(out: Path) -> dict[str, Any]:
    """The keys that an earlier run put there, by email. Raises `BadFile`."""
    try:
        keys = json.loads(out.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadFile(f"cannot read {out}: {error.strerror}") from None
    except ValueError:
        keys = None
    if not isinstance(keys, dict):
        raise BadFile(f"{out} is not a file of keys; it stays as it is")
    return keys


def write_keys(out: Path, keys: dict[str, Any]) -> None:
    """Whole or not at all, and for nobody else to read. Raises `BadFile`."""
    try:
        descriptor, unfinished = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(keys, file, indent=2)
            file.write("\n")
        os.replace(unfinished, out)
    except OSError as error:
        raise BadFile(f"cannot write {out}: {error.strerror}") from None


if __name__ == "__main__":
    typer.run(seed)
