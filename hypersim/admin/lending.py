"""Lending the exchange's clock to programs that run by a copy of it."""

from typing import Any

import msgspec
from litestar import Response, delete, post
from litestar.params import FromPath

from hypersim.admin.bodies import reply
from hypersim.admin.body_schema import takes
from hypersim.admin.clock import clock_body
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid
from hypersim.admin.parsing import decode, query_of
from hypersim.api.services import Services
from hypersim.service.lending import TooManyBorrowers
from hypersim.service.simulated_clock import SimulatedClock

NAME_LENGTH_MAX = 100


class LoanRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /admin/clock/loans`: a name of the borrower's own choice."""

    borrower: str


_loan = msgspec.json.Decoder(LoanRequest)


def lending_handlers(services: Services) -> list[Any]:
    """The handlers for loans. The wall's clock is lent to everybody already."""

    @post(
        "/admin/clock/loans",
        status_code=200,
        summary="Lend the clock for 30 s of the wall's time, or renew that; it goes on as it goes",
        operation_class=takes(LoanRequest),
    )
    async def lend(request: AdminRequest) -> Response[bytes]:
        borrower = _checked(decode(_loan, await request.body()).borrower)
        clock = services.engine.clock
        if isinstance(clock, SimulatedClock):
            try:
                clock.lending.lend(borrower)
            except TooManyBorrowers as full:
                raise AdminError(ErrorCode.CLOCK_LENT, str(full), status=409) from None
        return reply(clock_body(services))

    @delete("/admin/clock/loans/{borrower:str}", status_code=200, summary="Give the clock back")
    async def give_back(request: AdminRequest, borrower: FromPath[str]) -> Response[bytes]:
        query_of(request)
        clock = services.engine.clock
        if isinstance(clock, SimulatedClock):
            clock.lending.give_back(borrower)
        return reply(clock_body(services))

    return [lend, give_back]


def _checked(borrower: str) -> str:
    if not 0 < len(borrower) <= NAME_LENGTH_MAX or not borrower.isprintable():
        raise invalid(
            f"borrower must be 1 to {NAME_LENGTH_MAX} printable characters", field="borrower"
        )
    return borrower
