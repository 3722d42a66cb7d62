"""The faults that are armed: `/admin/faults`."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from hypersim.admin.bodies import reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid
from hypersim.admin.parsing import decode, query_of, symbol_of, user_of
from hypersim.api.moment import moment_in_ms
from hypersim.api.services import Services
from hypersim.faults import UnknownFault, read
from hypersim.service.faults import Armed, Match, TooManyFaults


class ArmRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /admin/faults`: which requests are hit, all of them where nothing is said, and
    the one thing that happens to them, by name (docs/faults.md)."""

    do: dict[str, Any]
    match: Match = Match()


_arm = msgspec.json.Decoder(ArmRequest)


def fault_handlers(services: Services) -> list[Any]:
    """The handlers for faults."""

    @post(
        "/admin/faults",
        status_code=200,
        summary="Have something go wrong from now on",
        operation_class=takes(ArmRequest),
    )
    async def arm(request: AdminRequest) -> Response[bytes]:
        wanted = decode(_arm, await request.body())
        match = _checked(services, wanted.match)
        account_id = _account_of(services, match)
        try:
            armed = services.faults.arm(match, read(wanted.do), account_id)
        except (UnknownFault, TooManyFaults) as error:
            raise invalid(str(error)) from None
        return reply({"id": armed.id})

    @get("/admin/faults", summary="What goes wrong, and how often it did")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply({"faults": [_body(armed) for armed in services.faults.listed]})

    @delete("/admin/faults", status_code=200, summary="Have nothing go wrong any more")
    async def clear(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply({"cleared": services.faults.clear()})

    @delete("/admin/faults/{fault_id:str}", status_code=200, summary="Have it go wrong no more")
    async def disarm(request: AdminRequest, fault_id: FromPath[str]) -> Response[bytes]:
        query_of(request)
        if not services.faults.disarm(fault_id):
            message = f"There is no fault {fault_id[:40]!r}; GET /admin/faults lists them"
            raise AdminError(ErrorCode.NOT_FOUND, message, status=404)
        return reply({"cleared": 1})

    return [arm, show, clear, disarm]


def _checked(services: Services, match: Match) -> Match:
    """The match with the symbol as the exchange spells it and times in ms. Raises `AdminError`."""
    dialects = services.faults.dialects
    if match.dialect is not None and match.dialect not in dialects:
        known = ", ".join(dialects)
        raise invalid(f"match.dialect must be one of {known}, not {match.dialect[:40]!r}")
    symbol = None if match.symbol is None else symbol_of(services.engine.view, match.symbol)
    return msgspec.structs.replace(
        match,
        symbol=symbol,
        from_=_moment(match.from_, "from"),
        until=_moment(match.until, "until"),
    )


def _moment(time: int | str | None, name: str) -> int | None:
    if time is None:
        return None
    time_ms = moment_in_ms(str(time))
    if time_ms is None:
        raise invalid(
            f"match.{name} must be a time in ms, or one such as 2022-01-31T12:00:00Z, "
            f"not {str(time)[:40]!r}"
        )
    return time_ms


def _account_of(services: Services, match: Match) -> int | None:
    if match.user is None:
        return None
    try:
        return user_of(services.engine.view, match.user).id
    except AdminError:
        raise invalid(
            f"match.user must be an email or id; there is no {match.user[:80]!r}"
        ) from None


def _body(armed: Armed) -> dict[str, Any]:
    return {
        "id": armed.id,
        "match": msgspec.to_builtins(armed.match),
        "do": msgspec.to_builtins(armed.fault),
        "hits": armed.hits,
    }
