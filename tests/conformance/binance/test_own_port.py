"""A dialect on a port of its own: everything that it is beside the others, without the prefix."""

import json
import socket

import httpx
from websockets.asyncio.client import connect

from tests.support.server import running_server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_each_dialect_can_have_a_port_of_its_own() -> None:
    ports = {name: free_port() for name in ("binance", "native", "mexc")}
    binance, native, mexc = ports.values()
    listening = [word for name, port in ports.items() for word in ("--listen", f"{name}={port}")]
    with running_server("--feed", "manual", *listening):
        async with httpx.AsyncClient(trust_env=False) as client:
            urls = {
                f"http://127.0.0.1:{binance}/api/v3/ping": 200,
                f"http://127.0.0.1:{binance}/nothing": 404,
                f"http://127.0.0.1:{mexc}/api/v3/ping": 200,
                f"http://127.0.0.1:{mexc}/api/v1/contract/detail": 200,
                f"http://127.0.0.1:{mexc}/nothing": 404,
                f"http://127.0.0.1:{native}/v1/ticker/BTCUSDT": 200,
                f"http://127.0.0.1:{native}/v1/markets": 200,
                f"http://127.0.0.1:{native}/v1/nothing": 404,
            }
            assert {url: (await client.get(url)).status_code for url in urls} == urls
        async with connect(f"ws://127.0.0.1:{binance}/ws-api/v3", proxy=None) as connection:
            await connection.send('{"id":1,"method":"ping"}')
            assert json.loads(await connection.recv())["status"] == 200
