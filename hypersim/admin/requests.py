"""What bots sent: `/admin/requests`, and the same as an HTTP Archive."""

from typing import Any

from litestar import Response, get

from hypersim.admin.archive_of_requests import archive_of
from hypersim.admin.bodies import reply
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid
from hypersim.admin.parsing import query_of, whole_number
from hypersim.api.services import Services
from hypersim.service.moment import moment_in_ms
from hypersim.service.watch.requests import REQUESTS_MAX, Request
from hypersim.service.watch.watch import Watch

LIMIT_USUAL = 1_000

FIRST_TIME_MS = 31_536_000_000
"""No exchange's time is before 1971, so that a smaller number is a request's."""


def request_handlers(services: Services) -> list[Any]:
    """The handlers for what was sent."""

    @get("/admin/requests", summary="What clients sent, the oldest first")
    async def show(request: AdminRequest) -> Response[bytes]:
        found = _asked_for(services, request, LIMIT_USUAL)
        return reply({"requests": [_body(services, one) for one in found]})

    @get("/admin/requests.har", summary="The same as an HTTP Archive (HAR 1.2)")
    async def archive(request: AdminRequest) -> Response[bytes]:
        found = _asked_for(services, request, REQUESTS_MAX)
        return reply(archive_of(found, str(request.base_url).rstrip("/")))

    return [show, archive]


def watch_of(services: Services) -> Watch:
    """The one that is on. Raises `AdminError` 409."""
    watch = services.watch
    if watch is None:
        message = "Nobody is watched here; start the server with --watch"
        raise AdminError(ErrorCode.WATCH_IS_OFF, message, status=409)
    return watch


def user_of_key(services: Services, name: str | None) -> str | None:
    """The email of whose key that is."""
    view = services.engine.view
    key = view.keys.get(name or "")
    user = None if key is None else view.users.get(key.account_id)
    return None if user is None else user.email


def _asked_for(services: Services, request: AdminRequest, usual: int) -> list[Request]:
    values = query_of(request, "key", "from", "limit")
    limit = whole_number(values, "limit", 1, REQUESTS_MAX) or usual
    first = moment_in_ms(values.get("from", "0"))
    if first is None:
        raise invalid(
            "from must be the id of a request, or a time of the exchange in ms or such as "
            f"2022-01-31T12:00:00Z, not {values['from'][:40]!r}"
        )
    log, key = watch_of(services).log, values.get("key")
    if first < FIRST_TIME_MS:
        return log.page(key, first_id=first, limit=limit)
    return log.page(key, from_ms=first, limit=limit)


def _body(services: Services, one: Request) -> dict[str, Any]:
    begun, ended = one.begun, one.ended
    return {
        "id": one.id,
        "timestamp": begun.time_ms,
        "wallTimestamp": begun.wall_ms,
        "key": one.key,
        "user": user_of_key(services, one.key),
        "address": one.address,
        "dialect": one.dialect,
        "endpoint": one.asked.endpoint,
        "method": one.sent.method,
        "path": one.sent.path,
        "parameters": dict(one.parameters),
        "status": one.status,
        "code": one.code or None,
        "fault": ",".join(one.faults) or None,
        "isWithheld": one.is_withheld,
        "ms": None if ended is None else ended.time_ms - begun.time_ms,
        "wallMs": None if ended is None else ended.wall_ms - begun.wall_ms,
    }
