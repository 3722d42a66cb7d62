"""What was asked with a request, without what nobody else may read."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

SECRET_WORDS = ("signature", "secret", "pass", "token", "listenkey", "privatekey")
"""What has one of these in its name is left out."""

PARAMETERS_MAX = 256
NAMES_KEPT = 1_024
"""Of parameters, that are not looked at again."""

TEXT_LENGTH_MAX = 500
ALL_LENGTH_MAX = 4_000
"""Letters, of one request; what comes later is left out."""

_LISTEN_KEY = re.compile(r"[A-Za-z0-9_-]{40,}")

Parameters = tuple[tuple[str, str], ...]
"""Names and values, as they came."""


def parameters_of(query: bytes, body: bytes) -> Parameters:
    """Of a query, and of a body that is a form or a JSON object."""
    pairs = _form(query)
    if body[:1] == b"{":
        pairs += _document(body)
    elif body:
        pairs += _form(body)
    room, kept = ALL_LENGTH_MAX, []
    for name, text in pairs[:PARAMETERS_MAX]:
        room -= len(name) + len(text)
        if room < 0:
            break
        kept.append((name, text))
    return tuple(kept)


def hidden(text: str) -> str:
    """Without what is as long as a listen key."""
    return _LISTEN_KEY.sub("***", text)


def of_values(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Of a JSON object."""
    return _told((name, _text(value)) for name, value in values.items())


def _form(raw: bytes) -> list[tuple[str, str]]:
    if not raw:
        return []
    try:
        pairs = parse_qsl(
            raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=PARAMETERS_MAX
        )
    except ValueError:
        return []
    return _told(pairs)


def _document(raw: bytes) -> list[tuple[str, str]]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return of_values(found) if isinstance(found, dict) else []


def _told(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (name[:TEXT_LENGTH_MAX], text[:TEXT_LENGTH_MAX]) for name, text in pairs if _is_open(name)
    ]


@lru_cache(NAMES_KEPT)
def _is_open(name: str) -> bool:
    word = name.lower().replace("_", "")
    return not any(secret in word for secret in SECRET_WORDS)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(_open_part(value)).decode()


def _open_part(value: Any) -> Any:
    """Without secrets, however deep they lie."""
    match value:
        case dict():
            return {name: _open_part(one) for name, one in value.items() if _is_open(name)}
        case list():
            return [_open_part(one) for one in value]
        case _:
            return value
