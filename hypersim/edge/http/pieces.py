"""Where in what was received a request's first line, its head and its chunks end.

The parser forgives what other servers refuse: lone CRs and LFs before a request, any number of
spaces in its first line. So that line is read here too, strictly (RFC 9112, section 3), and the
parser is given no piece that holds parts of two requests: it is known where each begins.
"""

import re

from hypersim.edge.http.head import Refused
from hypersim.edge.reasons import EdgeReason

_REQUEST_LINE = re.compile(rb"(?:\r\n)*[!-~]+ [!-~]+ HTTP/[0-9]\.[0-9]\r\n")
"""Empty lines before it are ignored (section 2.2): old clients end a body with one."""

_EMPTY_LINES = re.compile(rb"(?:\r\n)*")
_BREAK = b"\r\n"
_BLOCK_END = b"\r\n\r\n"


class Pieces:
    """Cuts one connection's requests, however their bytes arrive."""

    __slots__ = ("_has_line", "_line", "_tail")

    def __init__(self) -> None:
        self._line = bytearray()
        """What is known of a first line that did not come in one piece."""
        self._has_line = False
        self._tail = b""
        """The last bytes of a block whose end has not come yet."""

    @property
    def are_none(self) -> bool:
        """Whether the last request is whole, and nothing of the next one is known."""
        return not (self._line or self._has_line or self._tail)

    def begin(self) -> None:
        """What comes next is a new request."""
        self._line.clear()
        self._has_line = False
        self._tail = b""

    def head_end(self, data: bytes) -> int:
        """How many of these bytes belong to the request's head. Raises `Refused` where it begins
        with anything but a request's line."""
        if self._has_line:
            return self.block_end(data)
        found = None if self._line else _REQUEST_LINE.match(data)
        if found is not None:
            self._has_line = True
            return self.block_end(data, found.end() - len(_BREAK))
        end = self._line_end(data)
        if not end:
            return len(data)
        self._has_line = True
        self._tail = _BREAK
        return self.block_end(data, end)

    def block_end(self, data: bytes, start: int = 0) -> int:
        """How many of these bytes, from `start` on, belong to the head or to the chunks of a body:
        both end with an empty line."""
        if self._tail:
            joined = self._tail + data[start : start + len(_BREAK) + 1]
            found = joined.find(_BLOCK_END)
            if found >= 0:
                end = start + found + len(_BLOCK_END) - len(self._tail)
                self._tail = b""
                return end
        found = data.find(_BLOCK_END, start)
        if found >= 0:
            self._tail = b""
            return found + len(_BLOCK_END)
        self._tail = (self._tail + data[start:])[1 - len(_BLOCK_END) :]
        return len(data)

    def _line_end(self, data: bytes) -> int:
        """How many of these bytes belong to the first line, 0 while it has no end."""
        line = self._line
        known = len(line)
        line += data
        found = _EMPTY_LINES.match(line)
        if found is not None and found.end():
            known -= found.end()
            del line[: found.end()]
        is_lone_cr = line.startswith(_BREAK[:1]) and len(line) > 1
        if _BREAK[1:] not in line and not is_lone_cr:
            return 0
        found = _REQUEST_LINE.match(line)
        if found is None:
            raise Refused(EdgeReason.NOT_HTTP)
        return found.end() - known
