"""Where an HTTP answer ends: all that a load client needs to know of HTTP."""

import asyncio

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_READ_BYTES = 65_536


def answer_end(data: bytes) -> int | None:
    """Where the answer at the beginning of `data` ends; None while it is not whole."""
    head_end = data.find(_HEAD_END)
    if head_end < 0:
        return None
    head = data[:head_end].lower()
    start = head.find(_LENGTH)
    length = 0
    if start >= 0:
        line_end = head.find(b"\r", start)
        length = int(head[start + len(_LENGTH) : line_end if line_end >= 0 else len(head)])
    end = head_end + len(_HEAD_END) + length
    return end if len(data) >= end else None


def body_of(answer: bytes) -> bytes:
    """The body of a whole answer."""
    return answer[answer.index(_HEAD_END) + len(_HEAD_END) :]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """One whole answer on a connection that has no other request under way. Raises
    ConnectionError."""
    writer.write(request)
    answer = b""
    while (end := answer_end(answer)) is None:
        received = await reader.read(_READ_BYTES)
        if not received:
            raise ConnectionError("the server closed the connection instead of an answer")
        answer += received
    return answer[:end]
