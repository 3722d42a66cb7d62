"""Money in and out: set, deposit, withdraw."""

from enum import StrEnum
from typing import Any, assert_never

import msgspec
from litestar import Response, get, post

from hypersim.account.entries import NO_BALANCE, Balance
from hypersim.account.user import User
from hypersim.admin.bodies import balance_body, reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid, refused
from hypersim.admin.parsing import (
    Number,
    asset_of,
    decimal_of,
    decode,
    past_moment,
    query_of,
    user_of,
)
from hypersim.api.accounts.rules import REFERENCE_LENGTH_MAX
from hypersim.api.services import Services
from hypersim.service.past_balances import balances_at
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit, SetBalance, Withdraw
from hypersim.trading.rejections import Rejected


class Action(StrEnum):
    """`set` deposits or withdraws the difference, so that the amount is what is available."""

    SET = "set"
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"


class BalanceRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /admin/balances`. `user` is an email or an id; `reference` goes into the
    ledger."""

    user: str | int
    asset: str
    amount: Number
    action: Action
    reference: str = ""


_decoder = msgspec.json.Decoder(BalanceRequest)


def balance_handlers(services: Services) -> list[Any]:
    """The handlers for balances."""
    engine, view = services.engine, services.engine.view

    @post(
        "/admin/balances",
        status_code=200,
        summary="Set, deposit or withdraw",
        operation_class=takes(BalanceRequest),
    )
    async def change(request: AdminRequest) -> Response[bytes]:
        wanted = decode(_decoder, await request.body())
        user = user_of(view, wanted.user)
        command = _command(wanted, user)
        outcome = await engine.submit(command, Source.ADMIN)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        return reply(row(user, command.asset))

    @get("/admin/balances", summary="Every balance, by user and asset; ?user= ?asOf=TIME of a user")
    async def list_balances(request: AdminRequest) -> Response[bytes]:
        query = query_of(request, "user", "asOf")
        if "asOf" in query:
            return reply(await _rows_then(services, query))
        name = query.get("user")
        users = [user_of(view, name)] if name else [view.users[key] for key in sorted(view.users)]
        return reply(
            [row(user, asset) for user in users for asset in sorted(view.balances_of(user.id))]
        )

    def row(user: User, asset: str) -> dict[str, Any]:
        return _row(user, asset, view.balances.get((user.id, asset), NO_BALANCE))

    return [change, list_balances]


async def _rows_then(services: Services, query: dict[str, str]) -> list[dict[str, Any]]:
    """What one user had at the end of that millisecond, as the ledger says."""
    engine = services.engine
    if "user" not in query:
        raise invalid("asOf tells of one user: name it with user=", field="user")
    user = user_of(engine.view, query["user"])
    time_ms = past_moment(query, "asOf", user.created_ms, engine.clock.now_ms())
    assert time_ms is not None
    assets = sorted(engine.view.balances_of(user.id))
    found = await balances_at(services.archive, user.id, assets, time_ms)
    return [_row(user, asset, balance) for asset, balance in found.items()]


def _row(user: User, asset: str, balance: Balance) -> dict[str, Any]:
    return {"user": user.email, "id": str(user.id), "asset": asset, **balance_body(balance)}


def _command(wanted: BalanceRequest, user: User) -> Deposit | Withdraw | SetBalance:
    asset = asset_of(wanted.asset)
    amount = decimal_of(wanted.amount, "amount", ErrorCode.INVALID_AMOUNT)
    if len(wanted.reference) > REFERENCE_LENGTH_MAX or not wanted.reference.isprintable():
        raise invalid(f"reference has at most {REFERENCE_LENGTH_MAX} printable characters")
    if wanted.action is not Action.SET and amount == 0:
        message = "amount must be above zero"
        raise AdminError(ErrorCode.INVALID_AMOUNT, message, {"field": "amount"})
    reference = wanted.reference or "admin"
    match wanted.action:
        case Action.SET:
            return SetBalance(user.id, asset, amount, reference)
        case Action.DEPOSIT:
            return Deposit(user.id, asset, amount, reference)
        case Action.WITHDRAW:
            return Withdraw(user.id, asset, amount, reference)
        case _:
            assert_never(wanted.action)
