"""The admin API as one ASGI app: `/admin/*` behind a bearer token, and the open `/metrics`."""

import hmac
from typing import cast

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

from hypersim import __version__
from hypersim.account.user import Secret
from hypersim.admin.balances import balance_handlers
from hypersim.admin.clients import client_handlers
from hypersim.admin.clock import clock_handlers
from hypersim.admin.errors import (
    JSON,
    AdminError,
    ErrorCode,
    on_admin_error,
    on_bug,
    on_http_error,
    on_record_lost,
    on_record_unavailable,
    on_too_many_logins,
    on_too_many_resets,
)
from hypersim.admin.faults import fault_handlers
from hypersim.admin.instruments import instrument_handlers
from hypersim.admin.keys import key_handlers
from hypersim.admin.lending import lending_handlers
from hypersim.admin.market import market_handlers
from hypersim.admin.metrics import build_registry
from hypersim.admin.record import record_handlers
from hypersim.admin.requests import request_handlers
from hypersim.admin.scenario import scenario_handlers
from hypersim.admin.status import status_handlers
from hypersim.admin.users import user_handlers
from hypersim.admin.withdrawals import withdrawal_handlers
from hypersim.api.services import AdminActions, Services
from hypersim.api.traffic import CountedApp
from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.service.engine import TooManyResets
from hypersim.service.passwords import TooManyLogins
from hypersim.service.record import RecordLost, RecordUnavailable

OPEN_PATH = "/metrics"


def build_admin(services: Services, control: AdminActions) -> AsgiApp:
    """The app. The token is asked for before anything else is looked at."""
    app = Litestar(
        [
            *user_handlers(services),
            *key_handlers(services),
            *balance_handlers(services),
            *withdrawal_handlers(services),
            *instrument_handlers(services, control),
            *market_handlers(services, control),
            *clock_handlers(services, control),
            *lending_handlers(services),
            *scenario_handlers(control),
            *fault_handlers(control),
            *request_handlers(services),
            *client_handlers(services),
            *record_handlers(control.tables),
            *status_handlers(services, control, build_registry(services, control.tables)),
        ],
        exception_handlers={
            AdminError: on_admin_error,
            HTTPException: on_http_error,
            RecordUnavailable: on_record_unavailable,
            RecordLost: on_record_lost,
            TooManyLogins: on_too_many_logins,
            TooManyResets: on_too_many_resets,
            Exception: on_bug,
        },
        request_max_body_size=services.edge.limits.body_bytes,
        openapi_config=OpenAPIConfig("hypersim admin", __version__, path="/admin/schema"),
        logging_config=None,
    )
    gate = BearerGate(cast(AsgiApp, app), control.token)
    return CountedApp(gate, services.traffic, "admin")


class BearerGate:
    """Lets in who knows the token, everybody to `/metrics`, and no WebSocket at all."""

    def __init__(self, app: AsgiApp, token: Secret) -> None:
        self._app = app
        self._expected = token.value.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] == OPEN_PATH or self._is_allowed(scope):
            await self._app(scope, receive, send)
        else:
            await _turn_away(send)

    def _is_allowed(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._expected)


async def _turn_away(send: Send) -> None:
    message = "The admin API needs Authorization: Bearer TOKEN, with this server's admin token"
    body = AdminError(ErrorCode.UNAUTHORIZED, message).body
    headers = [
        (b"content-type", JSON.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"www-authenticate", b'Bearer realm="hypersim admin"'),
    ]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": body})
