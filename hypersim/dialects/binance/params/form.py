"""A request's parameters and its signed bytes, read off the raw query and body as they came.

By content, never by Content-Type: clients send forms as JSON, as octets and as nothing.
"""

from collections.abc import Iterator
from urllib.parse import quote, unquote, unquote_plus

from hypersim.dialects.binance.errors.parameters import duplicate_parameter

PARAMETERS_MAX = 256

_SIGNATURE = b"&signature="


def read_parameters(query: bytes, body: bytes) -> dict[str, str]:
    """Decoded values by name, in the order sent. The query wins over the body; a name twice in
    either is an error. Raises `BinanceError` -1101."""
    if not body or is_json(body):
        return _read_form(query) if query else {}
    values = _read_form(body)
    return values if not query else values | _read_form(query)


def is_json(body: bytes) -> bool:
    """Whether it is a JSON document, which holds no parameters: some clients send an empty one
    beside a full query."""
    return body[:1] in (b"{", b"[") or body == b"null"


def signed_payloads(query: bytes, body: bytes, *, is_strict: bool = False) -> Iterator[bytes]:
    """What a client may have signed: the bytes as received without the signature, or, for clients
    that sign before their HTTP library encodes, the same text decoded or encoded in full. Where it
    `is_strict`, only the former, and only percent-encoded (CHANGELOG of 2025-12-17)."""
    raw = without_signature(query)
    if body and not is_json(body):
        raw += without_signature(body)
    if is_strict:
        yield from (raw,) if raw.isascii() else ()
        return
    yield raw
    text = raw.decode("utf-8", "replace")
    decoded = unquote(text)
    for other in (decoded, quote(decoded, safe="=&-_.~")):
        if other != text:
            yield other.encode()


def without_signature(raw: bytes) -> bytes:
    """The pairs but for `signature`, wherever it stands."""
    before, _, after = (b"&" + raw).partition(_SIGNATURE)
    _, follows, rest = after.partition(b"&")
    return (before + follows + rest)[1:]


def _read_form(raw: bytes) -> dict[str, str]:
    text = raw.decode("utf-8", "replace")
    pairs = text.split("&", PARAMETERS_MAX)
    if "" in pairs:
        pairs = list(filter(None, pairs))
    values: dict[str, str] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        values[name] = value
    if "%" in text or "+" in text:
        values = {unquote_plus(name): unquote_plus(value) for name, value in values.items()}
    if len(values) < len(pairs):
        raise duplicate_parameter()
    return values
