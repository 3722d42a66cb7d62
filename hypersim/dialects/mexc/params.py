"""A request's parameters and what its client may have signed, read off query and body as they came.

By content, never by Content-Type: MEXC's clients call everything JSON. What nobody reads is let
pass, as the venue does: its clients send along what they have.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote, unquote, unquote_plus

import msgspec

from hypersim.dialects.mexc.errors import illegal, missing, wrong
from hypersim.market.number import ZERO, parse_decimal

PARAMETERS_MAX = 256
INTEGER_MAX = 2**63 - 1

T = TypeVar("T")

_INTEGER = re.compile(r"[0-9]{1,19}", re.ASCII)
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode


class Sent:
    """A request as it came: what it says, and in which texts its client may have signed it."""

    __slots__ = ("_body", "_json", "_query")

    def __init__(self, query: bytes, body: bytes) -> None:
        self._query = query
        is_json = body[:1] in (b"{", b"[") or body == b"null"
        self._body = b"" if is_json else body
        self._json = body if is_json else b""

    def values(self) -> dict[str, str]:
        """Decoded, by name; the query wins over the body. Raises 33333."""
        in_query = _form(self._query)
        if self._json:
            return texts_of(self._json) | in_query
        return _form(self._body) | in_query if self._body else in_query

    def payloads(self, values: Mapping[str, str]) -> Iterator[bytes]:
        """The query and the body one after the other, as they were sent; the text of a JSON body,
        or its values as they are written there; and everything sorted by name. The same for who
        signs before his HTTP library encodes, or what it does not."""
        query = _without_signature(self._query)
        body = _without_signature(self._body)
        yield query + (self._json or body)
        if self._json:
            body = _joined(texts_of(self._json)).encode()
        yield from _spellings((query + body).decode("utf-8", "replace"))
        yield from _spellings(_joined(dict(sorted(values.items()))))


def _spellings(text: str) -> Iterator[bytes]:
    decoded = unquote(text)
    yield from dict.fromkeys(one.encode() for one in (text, decoded, quote(decoded, safe="=&-_.~")))


def _joined(values: Mapping[str, str]) -> str:
    return "&".join([f"{name}={text}" for name, text in values.items() if name != "signature"])


def _without_signature(raw: bytes) -> bytes:
    if b"signature=" not in raw:
        return raw
    return b"&".join([one for one in raw.split(b"&") if not one.startswith(b"signature=")])


def _form(raw: bytes) -> dict[str, str]:
    if not raw:
        return {}
    text = raw.decode("utf-8", "replace")
    split = [pair.partition("=") for pair in text.split("&", PARAMETERS_MAX) if pair]
    if "%" in text or "+" in text:
        return {unquote_plus(name): unquote_plus(value) for name, _, value in split}
    return {name: value for name, _, value in split}


def texts_of(body: bytes) -> dict[str, str]:
    """The values of a JSON object: texts, and everything else as it is written; null is none.
    Raises 33333."""
    try:
        fields = _raw_object(body) if body[:1] == b"{" else {}
        texts = {name: bytes(raw) for name, raw in fields.items()}
        return {
            name: _text(text) if text[:1] == b'"' else text.decode()
            for name, text in texts.items()
            if text != b"null"
        }
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise wrong("the body is no JSON object") from None


class Params:
    """Decoded parameters. What is there but empty is as good as missing. All getters raise
    `MexcError`; those named `need_...` refuse (700004) what is missing, the others return None."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """Any text."""
        return self._values.get(name) or None

    def need(self, name: str) -> str:
        """Any text that must be there."""
        if text := self._values.get(name):
            return text
        raise missing(name)

    def integer(self, name: str) -> int | None:
        """A whole number, not below zero."""
        text = self.text(name)
        if text is None:
            return None
        if not _INTEGER.fullmatch(text) or int(text) > INTEGER_MAX:
            raise illegal(name)
        return int(text)

    def need_integer(self, name: str) -> int:
        """See `integer`."""
        number = self.integer(name)
        if number is None:
            raise missing(name)
        return number

    def limit(self, default: int, most: int) -> int:
        """How many rows; a number above the most is cut to it."""
        number = self.integer("limit")
        return default if number is None else max(1, min(number, most))

    def positive(self, name: str) -> Decimal | None:
        """A number above zero in plain digits."""
        text = self.text(name)
        if text is None:
            return None
        try:
            number = parse_decimal(text)
        except ValueError:
            raise illegal(name) from None
        if number <= ZERO:
            raise wrong(f"{name} must be above zero")
        return number

    def boolean(self, name: str) -> bool | None:
        """true or false, in any case."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise illegal(name)
        return text.lower() == "true"

    def need_choice(self, name: str, known: Mapping[str, T]) -> T:
        """What a word that must be there stands for."""
        word = self.need(name)
        if word not in known:
            raise wrong(f"{name} must be one of {', '.join(known)}")
        return known[word]
