"""The users of a run and their keys, from a JSON or CSV file."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scripts.oto.rest import Credentials

NAME, KEY, SECRET = "email", "apiKey", "apiSecret"


class BadUsersFile(Exception):
    """The file cannot be used; the message says why, and shows no secret."""


def read_users(file: Path) -> list[Credentials]:
    """All of them, in order. Raises `BadUsersFile`.

    JSON is what `seed_balances.py --out` writes: {email: {"apiKey": ..., "apiSecret": ...}}.
    A CSV has the columns email, apiKey and apiSecret; others are left alone.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsersFile(f"cannot read {file}: {type(error).__name__}") from None
    rows = _csv_rows(text) if file.suffix.lower() == ".csv" else _json_rows(text, file)
    users = [_credentials(row, number, file) for number, row in enumerate(rows, 1)]
    if not users:
        raise BadUsersFile(f"{file} has no users")
    if len({user.key for user in users}) < len(users):
        raise BadUsersFile(f"{file} has the same key twice")
    return users


def _csv_rows(text: str) -> Iterable[Mapping[str, Any]]:
    return csv.DictReader(text.splitlines())


def _json_rows(text: str, file: Path) -> Iterable[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        raise BadUsersFile(f"{file} is no JSON") from None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise BadUsersFile(f"{file}: expected an object of email -> keys")
    return [{NAME: name, **keys} for name, keys in found.items()]


def _credentials(row: Mapping[str, Any], number: int, file: Path) -> Credentials:
    values = [row.get(name) for name in (NAME, KEY, SECRET)]
    name, key, secret = (value.strip() if isinstance(value, str) else "" for value in values)
    if not (name and key and secret):
        raise BadUsersFile(f"{file}: user {number} lacks one of {NAME}, {KEY}, {SECRET}")
    return Credentials(name, key, secret)
