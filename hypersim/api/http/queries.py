"""Strict reading of a query: a structure says what there can be in it."""

import re
from collections.abc import Callable, Hashable
from functools import cache, partial
from typing import TypeVar, cast
from urllib.parse import parse_qsl

from msgspec import inspect

DIGITS_MAX = 18

T = TypeVar("T")


class MalformedQuery(ValueError):
    """Says what is wrong with it."""


def read_query(kind: type[T], query: bytes) -> T:
    """The query's parameters as a structure of theirs: each at most once, none unknown, and one
    without a value as good as none. Fields are text, text of a `pattern`, or whole numbers from
    `ge` to `le`, all of them optional. Raises `MalformedQuery`."""
    readers = _readers_of(cast(Hashable, kind))
    values: dict[str, object] = {}
    seen: set[str] = set()
    pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True) if query else ()
    for name, text in pairs:
        if name not in readers:
            known = ", ".join(readers) or "none"
            raise MalformedQuery(f"Unknown parameter {name[:40]!r}; known here: {known}")
        if name in seen:
            raise MalformedQuery(f"Parameter {name!r} was given more than once")
        seen.add(name)
        if text:
            values[name] = readers[name](name, text)
    return kind(**values)


@cache
def _readers_of(kind: Hashable) -> dict[str, Callable[[str, str], object]]:
    """What reads the text of each field."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType), kind
    return {field.encode_name: _reader_of(field.type) for field in described.fields}


def _reader_of(kind: inspect.Type, about: str = "") -> Callable[[str, str], object]:
    """`about` is the description of its type: what it must be."""
    match kind:
        case inspect.UnionType(types=(wanted, inspect.NoneType())):
            return _reader_of(wanted)
        case inspect.Metadata(type=wanted, extra_json_schema=schema):
            return _reader_of(wanted, (schema or {}).get("description", ""))
        case inspect.IntType(ge=int(low), le=int(high)):
            return partial(_whole_number, low, high)
        case inspect.StrType(pattern=str(pattern)):
            return partial(_matching, re.compile(pattern), about[:1].lower() + about[1:])
        case inspect.StrType():
            return _text
        case _:
            raise TypeError(kind)


def _text(name: str, text: str) -> str:
    del name
    return text


def _matching(pattern: re.Pattern[str], expected: str, name: str, text: str) -> str:
    if not pattern.fullmatch(text):
        raise MalformedQuery(f"{name} must be {expected}, not {text[:40]!r}")
    return text


def _whole_number(low: int, high: int, name: str, text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    if not is_number or not low <= int(text) <= high:
        expected = f"a whole number from {low} to {high}"
        raise MalformedQuery(f"{name} must be {expected}, not {text[:40]!r}")
    return int(text)
