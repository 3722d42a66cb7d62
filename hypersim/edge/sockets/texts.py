"""Text frames as a server sends them (RFC 6455, section 5.2): whole, not masked, not compressed.
The library that reads frames would make an object of each of them first."""

from collections.abc import Iterable

_WHOLE_TEXT = 0x81
_SHORT_MAX, _TWO_BYTES, _EIGHT_BYTES = 125, 126, 127


def joined(texts: Iterable[bytes]) -> bytes:
    """A frame for each, one after the other."""
    pieces: list[bytes] = []
    for text in texts:
        length = len(text)
        if length <= _SHORT_MAX:
            head = bytes((_WHOLE_TEXT, length))
        elif length < 1 << 16:
            head = bytes((_WHOLE_TEXT, _TWO_BYTES)) + length.to_bytes(2)
        else:
            head = bytes((_WHOLE_TEXT, _EIGHT_BYTES)) + length.to_bytes(8)
        pieces += (head, text)
    return b"".join(pieces)
