"""An exchange in memory that stock clients of MEXC reach over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from hypersim.edge.client import Clients
from hypersim.edge.gate import Gate
from hypersim.edge.origins import Origins
from hypersim.edge.server import HttpServer, listen, serve_all
from tests.support.dialects.stand import Stand


@asynccontextmanager
async def served(stand: Stand) -> AsyncIterator[str]:
    """The address, for the length of a block."""
    edge = stand.exchange.services.edge
    app = Gate(stand.mounted.app, Clients(), Origins("127.0.0.1"), edge)
    with listen("127.0.0.1", 0, "--port") as bound:
        server = HttpServer(app, bound)
        serving = asyncio.create_task(serve_all([server]))
        await server.has_started.wait()
        host, port = server.address
        try:
            yield f"http://{host}:{port}"
        finally:
            server.stop()
            await serving


def mexc_config(url: str, **more: Any) -> dict[str, Any]:
    """What a user gives to `ccxt.mexc`, which is turned to us by nothing but its URLs."""
    return {
        "urls": {
            "api": {
                "spot": {"public": url, "private": url},
                "contract": {
                    "public": f"{url}/api/v1/contract",
                    "private": f"{url}/api/v1/private",
                },
            }
        },
        # CCXT would wait so that it asks no more than the venue allows, and at the end.
        "enableRateLimit": False,
        "timeout_on_exit": 0,
        **more,
    }
