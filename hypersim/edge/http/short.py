"""A plain request that came whole, read in one go: as the parser reads it, of what clients usually
send. Whatever is unusual is left to the parser."""

import re
from functools import lru_cache

from hypersim.edge.asgi import Scope

_LINE = re.compile(
    rb"(GET|POST|PUT|DELETE) (/[!$&-;=@-Z\[\]_a-z~]*)(?:\?([!$-;=?-Z\[\]_a-z~]*))? HTTP/1\.1\r\n"
)
"""Nothing escaped in the path, and no fragment."""

_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([!-~]+(?: +[!-~]+)*)")
"""In plain ASCII, not empty."""

LINES_KEPT = 512
"""Clients send nearly the same lines again and again."""

_BREAK = b"\r\n"
_BLOCK_END = b"\r\n\r\n"

_UNUSUAL = frozenset({b"transfer-encoding", b"upgrade", b"expect", b"proxy-connection"})
"""Headers that say more of the connection than where the body ends."""


class _Unusual(Exception):
    """A header that is left to the parser."""


class ShortRequest:
    """The state of one that is being answered, as uvicorn's cycle has it."""

    __slots__ = ("disconnected", "keep_alive", "response_complete", "response_started", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.keep_alive = True
        self.disconnected = self.response_started = self.response_complete = False


def split(
    data: bytes, client: tuple[str, int] | None, headers_max: int
) -> tuple[Scope, bytes] | None:
    """Its scope, with what plain answers need, and its body."""
    line = _LINE.match(data)
    end = data.find(_BLOCK_END)
    if line is None or end < line.end():
        return None
    lines = data[line.end() : end].split(_BREAK)
    try:
        headers = list(map(_header, lines))
    except _Unusual:
        return None
    found = dict(headers)
    if len(found) != len(headers) or len(headers) > headers_max or b"host" not in found:
        return None
    body = data[end + len(_BLOCK_END) :]
    length = found.get(b"content-length", b"0")
    if not length.isdigit() or int(length) != len(body):
        return None
    method, path, query = line.groups()
    return {
        "type": "http",
        "method": method.decode(),
        "path": path.decode(),
        "raw_path": path,
        "query_string": query or b"",
        "headers": headers,
        "client": client,
    }, body


@lru_cache(LINES_KEPT)
def _header(line: bytes) -> tuple[bytes, bytes]:
    """Its name in small letters, and its value. Raises `_Unusual`."""
    found = _HEADER.fullmatch(line)
    if found is None:
        raise _Unusual
    name, value = found[1].lower(), found[2]
    if name in _UNUSUAL or (name == b"connection" and value.lower() != b"keep-alive"):
        raise _Unusual
    return name, value
