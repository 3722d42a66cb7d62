"""The state of the exchange as a whole, its metrics, and starting over."""

import time
from typing import Any

from litestar import Response, get, post
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from hypersim import __version__
from hypersim.admin.bodies import feed_body, reply
from hypersim.admin.errors import AdminRequest, invalid
from hypersim.admin.parsing import query_of
from hypersim.api.plain_json import iso
from hypersim.api.services import AdminActions, Services

METRICS_TYPE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""The framework adds the character set."""


def status_handlers(
    services: Services, control: AdminActions, registry: CollectorRegistry
) -> list[Any]:
    """The handlers for the exchange as a whole. It is up by the wall's clock."""
    started_s = time.monotonic()

    def up_s() -> float:
        # The wall's, as the start was.
        return time.monotonic() - started_s

    @get("/admin/status", summary="Counters, open orders, uptime, backlog")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply(_status_body(services, up_s()))

    @post("/admin/reset", status_code=200, summary="Empty all accounts and begin again")
    async def reset(request: AdminRequest) -> Response[bytes]:
        if (await request.body()).strip() not in (b"", b"{}"):
            raise invalid("A reset takes no body")
        await control.reset()
        return reply(_status_body(services, up_s()))

    @get(
        "/metrics",
        media_type=METRICS_TYPE,
        summary="Prometheus metrics",
        sync_to_thread=False,
    )
    def metrics() -> Response[bytes]:
        return Response(generate_latest(registry))

    return [show, reset, metrics]


def _status_body(services: Services, up_s: float) -> dict[str, Any]:
    engine = services.engine
    view = engine.view
    now_ms = engine.clock.now_ms()
    return {
        "version": __version__,
        "timestamp": now_ms,
        "datetime": iso(now_ms),
        "uptimeMs": int(up_s * 1000),
        "matching": engine.rules.matching,
        "feed": feed_body(services.feed.status()),
        "recordAvailable": engine.health.is_available,
        "users": len(view.users),
        "keys": len(view.keys),
        "symbols": len(view.instruments),
        "openOrders": view.count_open_orders(),
        "backlog": engine.backlog,
        "commits": engine.commit_statistics.commits,
        "counters": {
            "events": view.counters.seq,
            "orders": view.counters.order_id,
            "trades": view.counters.trade_id,
            "ledgerEntries": view.counters.ledger_seq,
        },
    }
