"""What the watch says of each client: `/admin/clients`."""

from typing import Any

from litestar import Response, delete, get

from hypersim.admin.bodies import reply
from hypersim.admin.errors import AdminRequest
from hypersim.admin.junit import XML, junit_of
from hypersim.admin.parsing import query_of
from hypersim.admin.requests import user_of_key, watch_of
from hypersim.api.services import Services
from hypersim.service.watch.client import Judged, Watched


def client_handlers(services: Services) -> list[Any]:
    """The handlers for the driving test."""

    @get("/admin/clients", summary="What each client did right and wrong")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        watch = watch_of(services)
        now = watch.now()
        return reply(
            {"clients": [_body(services, one, one.judged(now)) for one in watch.clients()]}
        )

    @get("/admin/clients.xml", summary="The same as JUnit writes it, a test case for each rule")
    async def junit(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        watch = watch_of(services)
        now = watch.now()
        text = junit_of((name_of(services, one), one.judged(now)) for one in watch.clients())
        return Response(text, media_type=XML)

    @delete("/admin/clients", status_code=200, summary="Begin the driving test anew")
    async def clear(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        watch = watch_of(services)
        number = len(watch.clients())
        watch.clear()
        return reply({"cleared": number})

    return [show, junit, clear]


def _body(services: Services, client: Watched, judged: list[Judged]) -> dict[str, Any]:
    return {
        "key": client.key,
        "user": user_of_key(services, client.key),
        "requests": client.requests,
        "rules": [
            {
                "rule": one.rule,
                "verdict": one.verdict,
                "findings": [finding._asdict() for finding in one.findings],
            }
            for one in judged
        ],
    }


def name_of(services: Services, client: Watched) -> str:
    """For a report."""
    if client.key is None:
        return "without a key"
    return f"{user_of_key(services, client.key) or 'unknown'} {client.key}"
