"""Where time moves in steps, sockets are told the same in each run, however fast the machine is."""

import asyncio
import json
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection

from tests.support.binance_streams import market_streams
from tests.support.server import ADMIN_TOKEN, ServerProcess, running_server

STREAMS = "btcusdt@trade/btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@kline_1m/!miniTicker@arr"
STATES = 3
"""Of these streams: what is a state is shown to whoever begins to follow it."""

OPTIONS = ("--clock", "step", "--feed", "synthetic", "--start", "2022-01-01T00:00:30Z")
STEPS = ({"ms": 700}, {"ms": 2_300}, {"until": "push"}, {"to": "2022-01-01T00:01:01Z"})


async def advance(server: ServerProcess, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as admin:
        answer = await admin.post(f"{server.url}/admin/clock/advance", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def what_lies_there(connection: ClientConnection) -> list[str]:
    """All that was handed to the socket by now: what comes before the answer to a ping."""
    frames: list[str] = []
    pong = asyncio.ensure_future(await connection.ping())
    while True:
        frame = asyncio.ensure_future(connection.recv())
        await asyncio.wait((frame, pong), return_when=asyncio.FIRST_COMPLETED)
        if not frame.done():
            frame.cancel()
            return frames
        frames.append(str(frame.result()))


async def session() -> tuple[list[dict[str, Any]], list[list[str]]]:
    """What each step says, and what a socket was told in it."""
    answers, told = [], []
    with running_server(*OPTIONS) as server:
        path = f"/binance/stream?streams={STREAMS}"
        async with market_streams(server.websocket_url, path) as streams:
            # Streams that a path names are followed once the socket is open: then states are shown.
            shown = [str(await streams.connection.recv()) for _ in range(STATES)]
            told.append(shown + await what_lies_there(streams.connection))
            for step in STEPS:
                answers.append(await advance(server, step))
                told.append(await what_lies_there(streams.connection))
    return answers, told


async def test_a_socket_is_told_the_same_in_each_run_step_by_step() -> None:
    answers, told = await session()
    assert [answer["reached"] for answer in answers] == ["time", "time", "push", "time"]
    assert answers[-1]["nowMs"] == 1_640_995_261_000
    events = [json.loads(frame)["data"] for step in told for frame in step]
    kinds = {one[0]["e"] if isinstance(one, list) else one.get("e", "quote") for one in events}
    assert kinds == {"trade", "depthUpdate", "quote", "kline", "24hrMiniTicker"}
    assert all(told[1:]), "each step tells of something"
    assert (answers, told) == await session()
