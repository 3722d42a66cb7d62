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

NAME_LENGTH_MAX = 100


class LoanRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /admin/clock/loans`: a name of the borrower's own choice."""

    borrower: str


_loan = msgspec.json.Decoder(LoanRequest)


def lending_handlers(services: Services) -> list[Any]:
    """The handlers for loans. That of the wall's clock changes nothing: nobody moves it."""

    @post(
        "/admin/clock/loans",
        status_code=200,
        summary="Lend the clock for 30 s of the wall's time, or renew that; it goes on as it goes",
        operation_class=takes(LoanRequest),
    )
    async def lend(request: AdminRequest) -> Response[bytes]:
        borrower = _checked(decode(_loan, await request.body()).borrower)
        try:
            services.engine.clock.lending.lend(borrower)
        except TooManyBorrowers as full:
            raise AdminError(ErrorCode.CLOCK_LENT, str(full), status=409) from None
        return reply(_loan_body(services))

    @delete("/admin/clock/loans/{borrower:str}", status_code=200, summary="Give the clock back")
    async def give_back(request: AdminRequest, borrower: FromPath[str]) -> Response[bytes]:
        query_of(request)
        services.engine.clock.lending.give_back(borrower)
        return reply(_loan_body(services))

    return [lend, give_back]


def _loan_body(services: Services) -> dict[str, Any]:
    """The clock, and which keys have stamped by another one while it was lent."""
    skews = services.engine.clock.lending.skews_ms
    told = [{"apiKey": key, "behindMs": behind_ms} for key, behind_ms in skews.items()]
    return clock_body(services) | {"skews": told}


def _checked(borrower: str) -> str:
    if not 0 < len(borrower) <= NAME_LENGTH_MAX or not borrower.isprintable():
        raise invalid(
            f"borrower must be 1 to {NAME_LENGTH_MAX} printable characters", field="borrower"
        )
    return borrower
