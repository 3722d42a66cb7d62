"""The native API as one ASGI app, which also answers its 404 and 405 in its own words."""

from typing import Any, cast

import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

from hypersim import __version__
from hypersim.api.dialect import AsgiApp, Mounted
from hypersim.api.services import Services
from hypersim.dialects.native.accounts import ACCOUNT_HANDLERS
from hypersim.dialects.native.errors import (
    ApiError,
    ErrorCode,
    on_api_error,
    on_http_error,
    on_record_lost,
    on_record_unavailable,
)
from hypersim.dialects.native.logins import LOGIN_HANDLERS
from hypersim.dialects.native.market import PUBLIC_HANDLERS
from hypersim.dialects.native.orders import ORDER_HANDLERS
from hypersim.dialects.native.stream import stream_handlers
from hypersim.service.record import RecordLost, RecordUnavailable

BODY_BYTES_MAX = 65_536

log = structlog.get_logger(__name__)


def build(services: Services) -> Mounted:
    """The app."""
    streams, run_streams = stream_handlers(services)
    app = Litestar(
        [
            *PUBLIC_HANDLERS,
            *ORDER_HANDLERS,
            *ACCOUNT_HANDLERS,
            *LOGIN_HANDLERS,
            *streams,
        ],
        exception_handlers={
            ApiError: on_api_error,
            HTTPException: on_http_error,
            RecordUnavailable: on_record_unavailable,
            RecordLost: on_record_lost,
            Exception: on_bug,
        },
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=OpenAPIConfig("hypersim", __version__, path="/schema"),
        logging_config=None,
        state=State({"services": services}),
    )
    return Mounted(cast(AsgiApp, app), run_streams)


def on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Never shown to the client: where it happened is in the log."""
    log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return ApiError(ErrorCode.INTERNAL_ERROR, "Internal error", status=500).response()
