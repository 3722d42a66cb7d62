"""Withdrawals that accounts asked for: look at the unfinished ones, complete or reject them."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from hypersim.account.withdrawal import Withdrawal
from hypersim.admin.bodies import reply
from hypersim.admin.errors import AdminRequest, refused
from hypersim.admin.parsing import query_of, user_of
from hypersim.api.services import Services
from hypersim.market.number import plain
from hypersim.service.transaction import Source
from hypersim.service.view import View
from hypersim.trading.account_commands import EndWithdrawal
from hypersim.trading.events import WithdrawalChanged
from hypersim.trading.rejections import Rejected


class WithdrawalBody(msgspec.Struct, rename="camel"):
    """`amount` left the account, `fee` of it goes to the exchange; `dueAt` is when it completes by
    itself (ms), null where nobody but the admin ends it."""

    id: str
    user: str
    asset: str
    amount: str
    fee: str
    network: str
    address: str
    tag: str
    client_id: str | None
    status: str
    requested_at: int
    due_at: int | None
    ended_at: int | None


def withdrawal_handlers(services: Services) -> list[Any]:
    """The handlers for withdrawals."""
    engine, view = services.engine, services.engine.view

    @get("/admin/withdrawals", summary="Unfinished withdrawals, the oldest first; ?user=")
    async def list_withdrawals(request: AdminRequest) -> Response[bytes]:
        name = query_of(request, "user").get("user")
        account_id = user_of(view, name).id if name else None
        found = [one for one in view.withdrawals.values() if account_id in (None, one.account_id)]
        return reply([_body(view, one) for one in found])

    @post(
        "/admin/withdrawals/{withdrawal:int}/complete",
        status_code=200,
        summary="It has arrived",
    )
    async def complete(request: AdminRequest, withdrawal: FromPath[int]) -> Response[bytes]:
        return await end(request, withdrawal, is_rejected=False)

    @post(
        "/admin/withdrawals/{withdrawal:int}/reject",
        status_code=200,
        summary="Give everything back",
    )
    async def reject(request: AdminRequest, withdrawal: FromPath[int]) -> Response[bytes]:
        return await end(request, withdrawal, is_rejected=True)

    async def end(request: AdminRequest, number: int, *, is_rejected: bool) -> Response[bytes]:
        query_of(request)
        outcome = await engine.submit(EndWithdrawal(number, is_rejected), Source.ADMIN)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        return reply(_body(view, outcome.first(WithdrawalChanged).withdrawal))

    return [list_withdrawals, complete, reject]


def _body(view: View, withdrawal: Withdrawal) -> WithdrawalBody:
    return WithdrawalBody(
        str(withdrawal.id),
        view.users[withdrawal.account_id].email,
        withdrawal.asset,
        plain(withdrawal.amount),
        plain(withdrawal.fee),
        withdrawal.network,
        withdrawal.address,
        withdrawal.tag,
        withdrawal.client_id,
        withdrawal.status,
        withdrawal.requested_ms,
        withdrawal.due_ms,
        withdrawal.ended_ms,
    )
