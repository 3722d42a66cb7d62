"""The native API as one ASGI app, which also answers its 404 and 405 in its own words."""

from typing import Any, cast

from litestar import Litestar, WebSocket, websocket
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

from hypersim import __version__
from hypersim.api.asgi import AsgiApp, Scope
from hypersim.api.dialect import Mounted
from hypersim.api.services import Services
from hypersim.api.traffic import CountedApp
from hypersim.dialects.native.account.funds import ACCOUNT_HANDLERS
from hypersim.dialects.native.account.keys import KEY_HANDLERS
from hypersim.dialects.native.account.logins import LOGIN_HANDLERS
from hypersim.dialects.native.app.fast import FastEndpoints
from hypersim.dialects.native.errors import on_error
from hypersim.dialects.native.market.endpoints import PUBLIC_HANDLERS
from hypersim.dialects.native.orders.endpoints import ORDER_HANDLERS
from hypersim.dialects.native.streams.server import PATH, StreamServer


def build(services: Services) -> Mounted:
    """The app."""
    streams = StreamServer(services)

    @websocket(PATH)
    async def stream(socket: WebSocket[Any, Any, Any]) -> None:
        await streams.serve(
            cast(Scope, socket.scope), cast(Any, socket.receive), cast(Any, socket.send)
        )

    app = Litestar(
        [
            *PUBLIC_HANDLERS,
            *ORDER_HANDLERS,
            *ACCOUNT_HANDLERS,
            *LOGIN_HANDLERS,
            *KEY_HANDLERS,
            stream,
        ],
        exception_handlers={HTTPException: on_error, Exception: on_error},
        request_max_body_size=services.edge.limits.body_bytes,
        openapi_config=OpenAPIConfig("hypersim", __version__, path="/schema"),
        logging_config=None,
        state=State({"services": services}),
    )
    counted = CountedApp(cast(AsgiApp, app), services.traffic, "native")
    return Mounted(FastEndpoints(services, counted), streams.run)
