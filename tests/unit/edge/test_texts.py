"""Frames that are written without the library are those that it would write."""

import pytest
from websockets.frames import Frame, Opcode

from hypersim.edge.sockets.texts import joined


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_texts_are_framed_as_the_library_frames_them(length: int) -> None:
    texts = [b"a", b"x" * length, "\u00fc\u20ac".encode()]
    framed = [Frame(Opcode.TEXT, text).serialize(mask=False) for text in texts]
    assert joined(texts) == b"".join(framed)
