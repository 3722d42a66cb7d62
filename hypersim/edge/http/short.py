"""A plain request that came whole, read in one go: as the parser reads it, of what clients usually
send. Whatever is unusual is left to the parser."""

import re

from hypersim.edge.asgi import Scope

_LINE = re.compile(
    rb"(GET|POST|PUT|DELETE) (/[!$&-;=@-Z\[\]_a-z~]*)(?:\?([!$-;=?-Z\[\]_a-z~]*))? HTTP/1\.1\r\n"
)
"""Nothing escaped in the path, and no fragment."""

_HEADER = re.compile(rb"(?<=\r\n)([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([!-~](?:[ -~]*[!-~])?)\r\n")
"""On a line of its own, in plain ASCII, not empty."""

_BREAK = b"\r\n"
_BLOCK_END = b"\r\n\r\n"

_UNUSUAL = frozenset({b"transfer-encoding", b"upgrade", b"expect", b"proxy-connection"})
"""Headers that say more of the connection than where the body ends."""


class ShortRequest:
    """The state of one that is being answered, as uvicorn's cycle has it."""

    __slots__ = ("disconnected", "keep_alive", "path", "response_complete", "response_started")

    def __init__(self, path: str) -> None:
        self.path = path
        self.keep_alive = True
        self.disconnected = self.response_started = self.response_complete = False


def split(
    data: bytes, client: tuple[str, int] | None, headers_max: int
) -> tuple[Scope, bytes] | None:
    """Its scope, with what plain answers need, and its body."""
    line = _LINE.match(data)
    end = data.find(_BLOCK_END)
    if line is None or end < 0:
        return None
    # Two of the line's bytes belong to the first header's look behind, two are the last one's.
    begin, end = line.end(), end + len(_BREAK)
    lines: list[tuple[bytes, bytes]] = _HEADER.findall(data, begin, end)
    if len(lines) > headers_max or len(lines) != data.count(_BREAK, begin, end):
        return None
    headers = [(name.lower(), value) for name, value in lines]
    found = dict(headers)
    if len(found) != len(headers) or b"host" not in found or not _UNUSUAL.isdisjoint(found):
        return None
    if found.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    body = data[end + len(_BREAK) :]
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
