"""How far the tables follow the journal, and waiting for them."""

import asyncio
from typing import Any

from litestar import Response, get, post

from hypersim.admin.bodies import reply
from hypersim.admin.errors import AdminRequest, invalid
from hypersim.admin.parsing import query_of
from hypersim.service.record import RecordUnavailable, TablesProgress

SETTLE_PATIENCE_S = 20.0
"""A settle that takes longer is refused, and may be asked for again."""


def record_handlers(tables: TablesProgress) -> list[Any]:
    """The handlers for the record."""

    @get("/admin/record", summary="How far the tables follow the journal")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply(_body(tables))

    @post(
        "/admin/record/settle",
        status_code=200,
        summary="Answer when the tables show all that was acknowledged",
    )
    async def settle(request: AdminRequest) -> Response[bytes]:
        if (await request.body()).strip() not in (b"", b"{}"):
            raise invalid("A settle takes no body")
        await _settled(tables)
        return reply(_body(tables))

    return [show, settle]


async def _settled(tables: TablesProgress) -> None:
    """Patient by the wall's clock, as the database's. Raises RecordUnavailable, with the reason."""
    try:
        async with asyncio.timeout(SETTLE_PATIENCE_S):
            await tables.shows_all()
    except TimeoutError:
        raise RecordUnavailable(
            f"The tables are still {tables.events_behind} events behind after "
            f"{SETTLE_PATIENCE_S:g} s; ask again"
        ) from None
    except RecordUnavailable as unavailable:
        reason = tables.stopped
        if reason is None:
            raise
        raise RecordUnavailable(f"The tables follow the journal no more: {reason}") from unavailable


def _body(tables: TablesProgress) -> dict[str, Any]:
    return {
        "lastSeq": tables.committed_seq,
        "projectedSeq": tables.projected_seq,
        "eventsBehind": tables.events_behind,
        "behindMs": int(tables.behind_s * 1000),
        "projector": tables.form,
        "restarts": tables.restarts,
        "stopped": tables.stopped,
    }
