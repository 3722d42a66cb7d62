"""WebSocket attacks at the strength at which they once starved everybody else."""

import asyncio
import contextlib
import json

import pytest

from tests.support.attack import (
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Target,
    frame,
    handshake,
    push,
    unharmed,
)
from tests.support.http_line import Line, until

PATH = "/ws"


async def opened(target: Target, path: str = PATH) -> Line:
    line = await target.open()
    line.send(handshake(path))
    assert " 101 " in (await line.answer())[0]
    return line


async def flood(target: Target, start: bytes, piece: bytes, seconds: float) -> int:
    """Send as fast as the server takes it; connect again when it hangs up. How often it did."""
    dropped, until_s = 0, asyncio.get_running_loop().time() + seconds
    while not dropped or asyncio.get_running_loop().time() < until_s:
        line = await opened(target)
        line.writer.write(start)
        await push(line, piece * 5_000, 10_000)
        await line.ends()
        line.writer.transport.abort()
        dropped += 1
    return dropped


@pytest.mark.parametrize("seconds", [0.5, pytest.param(10.0, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("start", "piece", "reason"),
    [
        pytest.param(b"", frame(PING, b"x" * 125), "frames", id="pings"),
        pytest.param(b"", frame(PONG), "frames", id="pongs"),
        pytest.param(
            frame(TEXT, is_last=False),
            frame(CONTINUATION, is_last=False),
            "fragments",
            id="empty fragments",
        ),
    ],
)
async def test_a_flood_of_frames_is_cut_off(
    target: Target, start: bytes, piece: bytes, reason: str, seconds: float
) -> None:
    before = (await target.refusals())[reason]
    async with unharmed(target, requests_min=9):
        dropped = await asyncio.gather(*(flood(target, start, piece, seconds) for _ in range(4)))
    assert (await target.refusals())[reason] >= before + sum(dropped) > 0


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        pytest.param(frame(TEXT, b"\xff\xfe"), 1007, "not_utf8", id="no text"),
        pytest.param(frame(CONTINUATION), 1002, "not_websocket", id="nothing to continue"),
        pytest.param(b"\x8b\x80\0\0\0\0", 1002, "not_websocket", id="no such frame"),
        pytest.param(b"\x81\x05hello", 1002, "not_websocket", id="not masked"),
        pytest.param(b"\x81\xff" + b"\0\1" * 4, 1009, "message_bytes", id="a huge frame"),
        pytest.param(
            frame(TEXT, b"x" * 40_000, is_last=False) + frame(CONTINUATION, b"x" * 40_000),
            1009,
            "message_bytes",
            id="a huge message",
        ),
    ],
)
async def test_what_is_no_websocket_is_told_so_in_one_line(
    target: Target, data: bytes, code: int, reason: str
) -> None:
    times = 50
    before, lines_before = (await target.refusals())[reason], len(target.server.lines)
    async with unharmed(target):
        for _ in range(times):
            line = await opened(target)
            line.writer.write(data)
            said = await line.reader.readexactly(4)
            assert (said[0], int.from_bytes(said[2:])) == (0x88, code)
            await line.ends()
    assert (await target.refusals())[reason] == before + times
    printed = target.server.lines[lines_before:]
    assert len(printed) < times / 2, printed


@pytest.mark.parametrize(("length", "status"), [(9_000, 101), (16_384, 101), (16_385, 414)])
@pytest.mark.parametrize("path", ["/stream?streams=", "/binance/stream?streams="])
async def test_an_address_of_many_streams_is_served(
    target: Target, path: str, length: int, status: int
) -> None:
    streams = "/".join(f"btcusdt@kline_{n}m@+08:00" for n in range(10_000))
    async with unharmed(target):
        line = await target.open()
        line.send(handshake((path + streams)[:length]))
        assert await line.status() == status


@pytest.mark.parametrize(("length", "status"), [(9_000, 101), (60_000, 101), (70_000, 431)])
async def test_a_handshake_with_a_large_cookie_is_answered(
    target: Target, length: int, status: int
) -> None:
    line = await target.open()
    line.send(handshake(PATH, "\nCookie: " + "c" * length))
    assert await line.status() == status
    target.hang_up()


@pytest.mark.parametrize("seconds", [1.0, pytest.param(10.0, marks=pytest.mark.slow)])
async def test_pongs_that_nobody_reads_do_not_pile_up(target: Target, seconds: float) -> None:
    ping = frame(PING, b"x" * 125)
    async with unharmed(target):
        lines = [await opened(target) for _ in range(20)]
        for line in lines:
            line.stop_reading()
        for _ in range(round(seconds * 10)):
            for line in lines:
                line.writer.write(ping * 80)
            await asyncio.sleep(0.1)


async def test_a_dropped_reader_is_gone_within_seconds(target: Target) -> None:
    """It asks for more than it reads, until what waits for it is too much."""
    async with unharmed(target):
        line = await opened(target, "/ws-api/v3")
        line.stop_reading()
        with contextlib.suppress(ConnectionError):
            for number in range(2_000):
                ask = {"id": number, "method": "exchangeInfo", "params": {}}
                line.writer.write(frame(TEXT, json.dumps(ask).encode()))
                await line.writer.drain()
        await until(lambda: not target.connections(line.port))
