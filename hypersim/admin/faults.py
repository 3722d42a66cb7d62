"""The faults that are armed: `/admin/faults`."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from hypersim.admin.bodies import reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid
from hypersim.admin.parsing import decode, query_of
from hypersim.api.services import AdminActions
from hypersim.service.armed import Armed
from hypersim.service.arming import CannotArm, Wanted

_wanted = msgspec.json.Decoder(Wanted)


def fault_handlers(control: AdminActions) -> list[Any]:
    """The handlers for faults."""
    arming = control.faults

    @post(
        "/admin/faults",
        status_code=200,
        summary="Have something go wrong from now on",
        operation_class=takes(Wanted),
    )
    async def arm(request: AdminRequest) -> Response[bytes]:
        wanted = decode(_wanted, await request.body())
        try:
            armed = await arming.arm(wanted)
        except CannotArm as error:
            raise invalid(str(error)) from None
        if wanted.preset is None:
            return reply({"id": armed[0].id})
        return reply({"ids": [one.id for one in armed]})

    @get("/admin/faults", summary="What goes wrong, and how often it did")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply({"faults": [_body(armed) for armed in arming.faults.listed]})

    @delete("/admin/faults", status_code=200, summary="Have nothing go wrong any more")
    async def clear(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply({"cleared": await arming.clear()})

    @delete("/admin/faults/{fault_id:str}", status_code=200, summary="Have it go wrong no more")
    async def disarm(request: AdminRequest, fault_id: FromPath[str]) -> Response[bytes]:
        query_of(request)
        if not await arming.disarm(fault_id):
            message = f"There is no fault {fault_id[:40]!r}; GET /admin/faults lists them"
            raise AdminError(ErrorCode.NOT_FOUND, message, status=404)
        return reply({"cleared": 1})

    return [arm, show, clear, disarm]


def _body(armed: Armed) -> dict[str, Any]:
    return {
        "id": armed.id,
        "match": msgspec.to_builtins(armed.match),
        "do": msgspec.to_builtins(armed.fault),
        "hits": armed.hits,
    }
