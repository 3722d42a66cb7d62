"""HTTP attacks at the strength at which they once brought the server down: whole in
`make test-all`, short in `make test`."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.support.attack import (
    DESCRIPTORS,
    MIB,
    PLACES,
    Target,
    attacked_server,
    push,
    unharmed,
)
from tests.support.http_line import NEVER_S, Line, until

whole = pytest.mark.slow
SILENT = 1_006


@pytest.mark.parametrize(
    ("path", "size"),
    [("/api/v3/exchangeInfo", 4), pytest.param("/v1/ping", 30, marks=whole)],
)
async def test_pipelining_without_reading_is_not_read_on(
    target: Target, path: str, size: int
) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    async with unharmed(target):
        line = await target.open()
        line.stop_reading()
        sent = await push(line, request * 1_000, size * MIB // len(request) // 1_000)
        async with asyncio.timeout(100):
            while target.connections(line.port):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert sent < 8 * MIB, "no more than what the system itself holds"


@pytest.mark.parametrize("count", [2_000, pytest.param(30_000, marks=whole)])
async def test_pipelined_requests_are_all_answered_to_who_reads(target: Target, count: int) -> None:
    """30,000 with a head of 1 KiB are 30 MiB."""
    request = b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\nx: " + b"x" * 980 + b"\r\n\r\n"
    async with unharmed(target):
        line = await target.open()
        sending = asyncio.create_task(push(line, request * 50, count // 50))
        for _ in range(count):
            assert await line.status() == 200
        assert await sending == count * len(request)


@pytest.mark.parametrize("size", [8, pytest.param(200, marks=whole)])
@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"x-more: " + b"y" * 1_014 + b"\r\n", id="many headers"),
        pytest.param(b"z" * 1_024, id="one header"),
    ],
)
async def test_a_head_without_end_is_refused(target: Target, piece: bytes, size: int) -> None:
    before = (await target.refusals())["head"]
    async with unharmed(target):
        line = await target.open()
        line.writer.write(b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\nx: ")
        sending = asyncio.create_task(push(line, piece * 64, size * 16))
        assert await line.status() == 431
        await sending
    assert (await target.refusals())["head"] == before + 1


async def silence(target: Target) -> list[Line]:
    """Nearly as many as there are descriptors, and as many again while those are open."""
    silent: list[Line] = []
    for _ in range(2 * SILENT // 50):
        silent += await asyncio.gather(*(target.open() for _ in range(50)))
        assert target.descriptors < DESCRIPTORS - 50
    return silent


async def test_silent_connections_do_not_lock_anybody_out(target: Target) -> None:
    """Those that come before it is their time give way; how many do depends on how fast they
    come."""
    before = await target.refusals()
    async with unharmed(target, requests_min=30):
        silent = await silence(target)
        for line in silent:
            await line.ends()
    after = await target.refusals()
    ended = [after[reason] - before[reason] for reason in ("gave_way", "silent")]
    assert sum(ended) == len(silent)


@whole
async def test_silent_connections_that_have_all_the_time_give_way(tmp_path: Path) -> None:
    """The oldest first, and no more of them than there are too many."""
    with attacked_server(tmp_path, head_s=NEVER_S) as target:
        async with unharmed(target, requests_min=30):
            silent = await silence(target)
            for line in silent[:-PLACES]:
                await line.ends()
            refusals = await target.refusals()
    assert len(silent) - PLACES <= refusals["gave_way"] < len(silent)
    assert refusals["silent"] == 0


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"GET /v1/ping HTTP/1.1\r\nHos", "head_deadline"),
        (
            b"POST /v1/order HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
            "body_deadline",
        ),
    ],
)
@pytest.mark.parametrize("count", [100, pytest.param(700, marks=whole)])
async def test_unfinished_requests_are_given_up(
    target: Target, sent: bytes, reason: str, count: int
) -> None:
    before = (await target.refusals())[reason]
    async with unharmed(target):
        given_up = []
        for _ in range(count):
            line = await target.open()
            line.writer.write(sent)
            given_up.append(asyncio.create_task(line.status()))
        assert set(await asyncio.gather(*given_up)) == {408}
    assert (await target.refusals())[reason] == before + count


@pytest.mark.parametrize("count", [3, pytest.param(50, marks=whole)])
async def test_readers_that_stop_are_gone_within_seconds(target: Target, count: int) -> None:
    before = (await target.refusals())["unread"]
    asked = b"GET /api/v3/exchangeInfo HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2_000
    async with unharmed(target):
        lines = [await target.open() for _ in range(count)]
        for line in lines:
            line.stop_reading()
            line.writer.write(asked)
        ports = [line.port for line in lines]
        await until(lambda: not any(map(target.connections, ports)))
    assert (await target.refusals())["unread"] == before + count


@pytest.mark.parametrize("more", ["", "\nConnection: close"], ids=["kept", "close"])
@pytest.mark.parametrize("path", ["/v1/order", "/api/v3/order", "/admin/users"])
async def test_a_body_that_is_too_large_is_told_so(target: Target, path: str, more: str) -> None:
    size = 5_000_000
    login = "\nAuthorization: Bearer admin-token-of-the-tests" if "admin" in path else ""
    async with unharmed(target):
        line = await target.open()
        head = f"POST {path} HTTP/1.1\nHost: localhost\nContent-Length: {size}{login}{more}"
        line.send(head, b"x" * size)
        with contextlib.suppress(ConnectionError):
            await line.writer.drain()
        assert await line.status() == 413
        if more:
            assert await line.is_closed()
