"""What the heads of plain requests look like.

One client's heads have the same names in the same order again and again. Such a form is learned
once, as one pattern that finds the values and admits nothing unusual.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

FORMS_MAX = 256
"""Learned, as clients may think up names; whatever has another form is the parser's."""

NAMES_MAX = 32
"""Of one form."""

_LINE = (
    rb"(GET|POST|PUT|DELETE) (/[!$&-;=@-Z\[\]_a-z~]*+)(?:\?([!$-;=?-Z\[\]_a-z~]*+))? HTTP/1\.1\r\n"
)
"""Nothing escaped in the path, and no fragment."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = rb"([!-~][ -~]*+)(?<! )"
"""In plain ASCII, not empty."""

_VALUES = {b"connection": rb"((?i:keep-alive))", b"content-length": rb"([0-9]+)"}
"""Of headers that say something of the connection, or where the body ends."""

_UNUSUAL = frozenset({b"transfer-encoding", b"upgrade", b"expect", b"proxy-connection"})
"""Headers that say more of that."""

_BREAK = b"\r\n"
_BLOCK_END = b"\r\n\r\n"


class Form(NamedTuple):
    """A head with these names, in small letters, each once."""

    pattern: re.Pattern[bytes]
    names: tuple[bytes, ...]


class Forms:
    """Those that are known."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, ...], Form] = {}

    def of(self, data: bytes) -> Form | None:
        """That of a request's head; None if it is not whole, unusual, or one too many."""
        head, end, _ = data.partition(_BLOCK_END)
        _, *lines = head.split(_BREAK, NAMES_MAX + 1)
        names = tuple([line.partition(b":")[0] for line in lines])
        form = self._known.get(names)
        if form is None and end and len(self._known) < FORMS_MAX and _is_usual(names):
            form = self._known[names] = _learned(names)
        return form


def _is_usual(names: Sequence[bytes]) -> bool:
    known = {name.lower() for name in names}
    return (
        b"host" in known
        and len(known) == len(names) <= NAMES_MAX
        and not known & _UNUSUAL
        and all(map(_NAME.fullmatch, names))
    )


def _learned(names: Sequence[bytes]) -> Form:
    small = tuple([name.lower() for name in names])
    lines = [
        b"%b: ?%b\r\n" % (re.escape(name), _VALUES.get(known, _VALUE))
        for name, known in zip(names, small, strict=True)
    ]
    return Form(re.compile(b"%b%b\r\n" % (_LINE, b"".join(lines))), small)
