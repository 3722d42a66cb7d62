"""The state of the exchange as a whole, its metrics, and starting over."""

import time
from typing import Any

from litestar import Response, get, post
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from hypersim import __version__
from hypersim.admin.bodies import feed_body, iso, reply
from hypersim.admin.errors import AdminRequest, invalid
from hypersim.admin.parsing import query_of
from hypersim.api.services import Control, Services

METRICS_TYPE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""The framework adds the character set."""


def status_handlers(services: Services, control: Control, registry: CollectorRegistry) -> list[Any]:
    """The handlers for the exchange as a whole."""
    engine = services.engine
    started = time.monotonic()

    def status_body() -> dict[str, Any]:
        view, state = engine.view, engine.exchange.state
        now_ms = engine.clock.now_ms()
        return {
            "version": __version__,
            "timestamp": now_ms,
            "datetime": iso(now_ms),
            "uptimeMs": int((time.monotonic() - started) * 1000),
            "matching": state.rules.matching,
            "feed": feed_body(services.feed.status()),
            "recordAvailable": engine.health.is_available,
            "users": len(view.users),
            "keys": len(view.keys),
            "symbols": len(view.instruments),
            "openOrders": len(state.orders),
            "backlog": engine.backlog,
            "commits": engine.commit_statistics.commits,
            "counters": {
                "events": state.counters.seq,
                "orders": state.counters.order_id,
                "trades": state.counters.trade_id,
                "ledgerEntries": state.counters.ledger_seq,
            },
        }

    @get("/admin/status", summary="Counters, open orders, uptime, backlog")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply(status_body())

    @post("/admin/reset", status_code=200, summary="Empty all accounts and begin again")
    async def reset(request: AdminRequest) -> Response[bytes]:
        if (await request.body()).strip() not in (b"", b"{}"):
            raise invalid("A reset takes no body")
        await control.reset()
        return reply(status_body())

    @get("/metrics", summary="Prometheus metrics", sync_to_thread=False)
    def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), media_type=METRICS_TYPE)

    return [show, reset, metrics]
