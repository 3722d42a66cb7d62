"""The load client of our own, against the echo that the exchange is compared with."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hypersim.bench.client import drive
from hypersim.bench.echo import echo_app
from hypersim.bench.http_answer import answer_end, ask, body_of
from hypersim.bench.load import LoadSpec, pack
from hypersim.edge.server import HttpServer, listen

REQUEST = b"POST /v1/order HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
ANSWER = b"HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\nabc"


@pytest.fixture
async def echo() -> AsyncIterator[HttpServer]:
    server = HttpServer(echo_app(700), listen("127.0.0.1", 0, "--port"))
    serving = asyncio.create_task(server.run_until_stopped())
    await server.has_started.wait()
    yield server
    server.stop()
    await serving


def spec(address: tuple[str, int]) -> LoadSpec:
    return LoadSpec(*address, connections=4, seconds=0.2, requests="given as bytes")


def test_an_answer_ends_after_its_body() -> None:
    assert answer_end(ANSWER) == len(ANSWER)
    assert answer_end(ANSWER + b"HTTP") == len(ANSWER)
    assert body_of(ANSWER) == b"abc"


@pytest.mark.parametrize("cut", [1, 3, 4, 20, len(ANSWER) - 1])
def test_half_an_answer_has_no_end(cut: int) -> None:
    assert answer_end(ANSWER[:-cut]) is None


def test_header_names_are_read_in_any_case() -> None:
    answer = ANSWER.replace(b"content-length", b"Content-LENGTH")
    assert answer_end(answer) == len(answer)


def test_an_answer_without_a_length_has_no_body() -> None:
    assert answer_end(b"HTTP/1.1 204 No Content\r\n\r\n") == 27


async def test_the_echo_answers_201_with_as_many_bytes_as_told(echo: HttpServer) -> None:
    reader, writer = await asyncio.open_connection(*echo.address)
    answer = await ask(reader, writer, REQUEST)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 201")
    assert len(body_of(answer)) == 700


async def test_the_client_counts_every_answer(echo: HttpServer) -> None:
    result = await drive(spec(echo.address), pack([REQUEST]))
    assert result.answers >= 4
    assert (result.errors, result.unanswered, result.first_error) == (0, 0, "")
    assert 0 < result.p50_us <= result.p99_us <= result.longest_us
    assert result.seconds > 0.1


async def test_answers_that_are_no_success_are_errors(echo: HttpServer) -> None:
    result = await drive(spec(echo.address), pack([b"NO HTTP\r\n\r\n"]))
    assert result.errors > 0
    assert result.first_error


async def test_connections_that_break_are_errors() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        result = await drive(spec(server.sockets[0].getsockname()), pack([REQUEST]))
    assert (result.answers, result.errors) == (0, 4)
    assert "broke" in result.first_error
