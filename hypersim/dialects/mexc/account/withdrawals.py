"""Withdrawals: ask for one, take it back, and what became of them (spot_v3_en, "Withdraw")."""

from decimal import Decimal
from operator import itemgetter
from typing import Any

from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.api.coins import MONEY_KINDS, Route, address_of, movement_id, routes_of
from hypersim.api.operation import Security
from hypersim.dialects.mexc.account.coins import (
    coin_of,
    find_route,
    history_page,
    move,
    network_sent,
    network_words,
)
from hypersim.dialects.mexc.account.transfers import no_pages
from hypersim.dialects.mexc.errors import (
    amount_too_fine,
    bad_address,
    bad_amount,
    missing,
    no_such_record,
    too_small,
)
from hypersim.dialects.mexc.venue import Call, signed
from hypersim.dialects.mexc.words import long_id
from hypersim.market.number import plain
from hypersim.service.record import LedgerRow
from hypersim.trading.account_commands import EndWithdrawal, RequestWithdrawal
from hypersim.trading.events import WithdrawalChanged

ADDRESS_LENGTH_MAX, NAME_LENGTH_MAX = 200, 64

STATUSES = {
    WithdrawalStatus.PROCESSING: 4,
    WithdrawalStatus.COMPLETED: 7,
    WithdrawalStatus.REJECTED: 8,
}
MEANT = {number: status for status, number in STATUSES.items()}


async def withdraw(call: Call) -> object:
    """Ask for it; the amount leaves what is available, and the network's fee is part of it."""
    params = call.params
    coin, places = coin_of(call, params.need("coin"))
    address, memo = params.need("address"), params.text("memo") or ""
    amount, client_id = params.positive("amount"), params.text("withdrawOrderId")
    if amount is None:
        raise missing("amount")
    route = find_route(coin, network_sent(params), places)
    if len(address) > ADDRESS_LENGTH_MAX or len(memo) > ADDRESS_LENGTH_MAX:
        raise bad_address()
    if not all(map(str.isprintable, (address, memo, client_id or ""))):
        raise bad_address()
    if client_id is not None and len(client_id) > NAME_LENGTH_MAX:
        raise bad_address()
    _check_amount(amount, route, places)
    target = (route.network.name, address, memo, client_id)
    outcome = await move(call, RequestWithdrawal(call.account_id, coin, amount, route.fee, *target))
    return {"id": long_id(outcome.first(WithdrawalChanged).withdrawal.id)}


def _check_amount(amount: Decimal, route: Route, places: int) -> None:
    if amount % Decimal(1).scaleb(-places):
        raise amount_too_fine()
    if amount < route.least:
        raise too_small(plain(route.least))
    if amount <= route.fee:
        raise bad_amount()


async def take_back(call: Call) -> object:
    """One of the account's own that is not over. Raises 22222."""
    text = call.params.need("id")
    mine = [
        one
        for one in call.view.withdrawals.values()
        if one.account_id == call.account_id and long_id(one.id) == text
    ]
    if not mine:
        raise no_such_record()
    await call.execute(EndWithdrawal(mine[0].id, is_rejected=True))
    return {"id": text}


async def history(call: Call) -> object:
    """What was asked for and what the operator took, the latest first."""
    coin, status = call.params.text("coin"), call.params.integer("status")
    page = history_page(call)
    if status is not None and status not in MEANT:
        return []
    asset = None if coin is None else coin_of(call, coin)[0]
    client_id = call.params.text("withdrawOrderId")
    meant = None if status is None else MEANT[status]
    archive = call.services.archive
    asked = await archive.withdrawals(page, asset=asset, client_id=client_id, status=meant)
    rows = [_row(one) for one in asked]
    if client_id is None and meant in (None, WithdrawalStatus.COMPLETED):
        taken = await archive.ledger(page, asset, MONEY_KINDS, gains=False)
        rows += [_taken(line) for line in taken]
    rows.sort(key=itemgetter("applyTime"), reverse=True)
    return rows[: page.limit]


def _row(one: Withdrawal) -> dict[str, Any]:
    sent = long_id(one.id) if one.status is WithdrawalStatus.COMPLETED else None
    return {
        "id": long_id(one.id),
        "withdrawOrderId": one.client_id,
        "txId": sent,
        "coin": one.asset,
        **network_words(one.network),
        "address": one.address,
        "amount": plain(one.amount),
        "transferType": 0,
        "status": STATUSES[one.status],
        "transactionFee": plain(one.fee),
        "confirmNo": None,
        "applyTime": one.requested_ms,
        "remark": "",
        "memo": one.tag or None,
        "transHash": sent,
        "updateTime": one.ended_ms or one.requested_ms,
    }


def _taken(line: LedgerRow) -> dict[str, Any]:
    """As a withdrawal that was there at once."""
    network = routes_of(line.asset, 0)[0].network.name
    name = movement_id(line)
    return {
        "id": name,
        "withdrawOrderId": None,
        "txId": name,
        "coin": line.asset,
        **network_words(network),
        "address": address_of(line.account_id, network),
        "amount": plain(-line.available_change),
        "transferType": 0,
        "status": STATUSES[WithdrawalStatus.COMPLETED],
        "transactionFee": "0",
        "confirmNo": None,
        "applyTime": line.time_ms,
        "remark": line.reference,
        "memo": None,
        "transHash": name,
        "updateTime": line.time_ms,
    }


OPERATIONS = (
    signed(Security.WITHDRAW, withdraw, "POST /api/v3/capital/withdraw"),
    signed(Security.WITHDRAW, take_back, "DELETE /api/v3/capital/withdraw"),
    signed(Security.READ, history, "GET /api/v3/capital/withdraw/history"),
    signed(Security.READ, no_pages, "GET /api/v3/capital/withdraw/address", 10),
)
