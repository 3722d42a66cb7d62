"""What the parser does not check of a request's head. Where servers disagree on what a head says,
somebody smuggles a request past one of them; so the strict reading wins, and what no client sends
is refused."""

from collections.abc import Sequence
from urllib.parse import unquote

from hypersim.edge.asgi import Scope
from hypersim.edge.limits import EdgeLimits
from hypersim.edge.reasons import EdgeReason

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"})

_SINGLE = (b"host", b"content-length", b"transfer-encoding")
"""Headers that may come once."""

_LINE_BYTES = len(": \r\n")

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case."""


class Refused(Exception):
    """The request is not served, for this reason."""

    def __init__(self, reason: EdgeReason) -> None:
        super().__init__(reason)
        self.reason = reason


def check_head(method: str, version: str, headers: Headers) -> int | None:
    """Bytes of the body, which the parser has checked; None where chunks tell. Raises `Refused`
    (RFC 9112, sections 2.3, 3.2 and 6.1)."""
    if version not in ("1.1", "1.0"):
        raise Refused(EdgeReason.VERSION)
    if method not in METHODS:
        raise Refused(EdgeReason.METHOD)
    found = dict(headers)
    if len(found) != len(headers) and any(_is_repeated(name, headers) for name in _SINGLE):
        raise Refused(EdgeReason.NOT_HTTP)
    if b"host" not in found and version == "1.1":
        raise Refused(EdgeReason.NOT_HTTP)
    coding = found.get(b"transfer-encoding")
    if coding is None:
        return int(found.get(b"content-length", b"0"))
    if coding.lower() != b"chunked" or version == "1.0":
        raise Refused(EdgeReason.NOT_HTTP)
    return None


def check_size(limits: EdgeLimits, headers: Headers) -> None:
    """Of a head that did not come in one piece. Raises `Refused`."""
    size = sum(len(name) + len(value) + _LINE_BYTES for name, value in headers)
    if size > limits.head_bytes:
        raise Refused(EdgeReason.HEAD)


def read_target(scope: Scope, target: bytes, headers: Headers) -> None:
    """Path and query into the scope. Raises `Refused`."""
    if not target.startswith(b"/"):
        target = _origin_form(scope["method"], target, headers)
    raw_path, _, query = target.partition(b"?")
    if b"#" in target:
        raise Refused(EdgeReason.NOT_HTTP)
    path = raw_path.decode("ascii")
    scope["path"] = unquote(path) if "%" in path else path
    scope["raw_path"] = raw_path
    scope["query_string"] = query


def _origin_form(method: str, target: bytes, headers: Headers) -> bytes:
    """A whole address is served if it names the host that the header names."""
    if target == b"*" and method == "OPTIONS":
        return target
    scheme, found, rest = target.partition(b"://")
    host, slash, path = rest.partition(b"/")
    if not found or scheme.lower() not in (b"http", b"https") or b"?" in host:
        raise Refused(EdgeReason.NOT_HTTP)
    if [host.lower()] != [value.lower() for name, value in headers if name == b"host"]:
        raise Refused(EdgeReason.NOT_HTTP)
    return slash + path or b"/"


def _is_repeated(wanted: bytes, headers: Headers) -> bool:
    return sum(name == wanted for name, _ in headers) > 1
