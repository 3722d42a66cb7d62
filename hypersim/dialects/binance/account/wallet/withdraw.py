"""Withdrawals: ask for one, and what became of those that were asked for.

Money that the operator took is among them, as on the venue nobody else could have. Source: the
Wallet API's "Withdraw" and "Withdraw History"; the codes -4000 to -4033 are the wallet's own.
"""

from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.api.coins import (
    MONEY_KINDS,
    Route,
    address_of,
    movement_id,
    places_of,
    routes_of,
)
from hypersim.api.operation import Security
from hypersim.dialects.binance.account.wallet.coins import ID_LENGTH
from hypersim.dialects.binance.account.wallet.networks import route_of
from hypersim.dialects.binance.errors.general import BinanceError, refused
from hypersim.dialects.binance.venue import Call, wallet
from hypersim.market.number import plain
from hypersim.service.record import LedgerRow, PageQuery
from hypersim.trading.account_commands import RequestWithdrawal
from hypersim.trading.events import WithdrawalChanged
from hypersim.trading.rejections import Rejected, Rejection

HISTORY_MAX = 1_000
ADDRESS_LENGTH_MAX = 200
TAG_LENGTH_MAX = 100
CLIENT_ID_LENGTH_MAX = 64
STATUSES = {
    WithdrawalStatus.PROCESSING: 4,
    WithdrawalStatus.COMPLETED: 6,
    WithdrawalStatus.REJECTED: 3,
}
SPOT_WALLET, FUNDING_WALLET = 0, 1


async def withdraw(call: Call) -> object:
    """Ask for it; the amount leaves what is available, and the network's fee is part of it."""
    params = call.params
    coin, address = params.need("coin"), params.need("address")
    amount = params.need_decimal("amount")
    network, tag = params.take("network"), params.take("addressTag") or ""
    client_id = params.take("withdrawOrderId")
    wallet = params.integer("walletType", high=FUNDING_WALLET) or SPOT_WALLET
    params.done()
    places = places_of(call.view)
    if coin not in places:
        raise BinanceError(-4018, "We don't have this asset.")
    route = route_of(coin, network, places[coin])
    _check_target(address, tag, client_id)
    _check_amount(amount, route, places[coin])
    if wallet == FUNDING_WALLET:
        raise BinanceError(-4001, "Invalid operation: only walletType=0 can be withdrawn from.")
    target = (route.network.name, address, tag, client_id)
    command = RequestWithdrawal(call.account_id, coin, amount, route.fee, *target)
    outcome = await call.submit(command)
    if isinstance(outcome, Rejected):
        raise _refusal(outcome)
    return {"id": _id(outcome.first(WithdrawalChanged).withdrawal)}


async def withdrawals(call: Call) -> object:
    """Money that went or is on its way, the latest first."""
    params = call.params
    coin, status = params.take("coin"), params.integer("status")
    client_id, ids = params.take("withdrawOrderId"), params.take("idList")
    start_ms, end_ms = params.time_ms("startTime"), params.time_ms("endTime")
    offset = params.integer("offset") or 0
    limit = params.limit(HISTORY_MAX, HISTORY_MAX)
    params.done()
    wanted = None if ids is None else set(ids.split(","))
    # Of two histories in one, either may have all of the page and what is before it.
    most = offset + limit if wanted is None else None
    page = PageQuery(call.account_id, None, start_ms, end_ms, most, is_latest=True)
    rows = await _history(call, page, coin, client_id, status)
    fitting = [row for row in rows if wanted is None or row["id"] in wanted]
    return fitting[offset : offset + limit]


async def _history(
    call: Call, page: PageQuery, coin: str | None, client_id: str | None, status: int | None
) -> list[dict[str, Any]]:
    """What was asked for and what the operator took, the latest first."""
    archive = call.services.archive
    meant = next((one for one, number in STATUSES.items() if number == status), None)
    if status is not None and meant is None:
        return []
    asked = await archive.withdrawals(page, asset=coin, client_id=client_id, status=meant)
    is_taken = not client_id and meant in (None, WithdrawalStatus.COMPLETED)
    taken = await archive.ledger(page, coin, MONEY_KINDS, gains=False) if is_taken else []
    rows = [(one.requested_ms, _row(one)) for one in asked]
    rows += [(line.time_ms, _taken(line)) for line in taken]
    rows.sort(key=itemgetter(0), reverse=True)
    return [row for _, row in rows]


def _check_target(address: str, tag: str, client_id: str | None) -> None:
    if len(address) > ADDRESS_LENGTH_MAX or not address.isprintable():
        raise BinanceError(-4007, "Address validation is not passed.")
    if len(tag) > TAG_LENGTH_MAX or not tag.isprintable():
        raise BinanceError(-4008, "Address tag validation is not passed.")
    name = client_id or ""
    if len(name) > CLIENT_ID_LENGTH_MAX or not name.isprintable():
        raise BinanceError(-4001, "Invalid operation: withdrawOrderId is too long.")


def _check_amount(amount: Decimal, route: Route, places: int) -> None:
    step = Decimal(1).scaleb(-places)
    if amount % step:
        multiple = f"{plain(step)} multiple of {plain(step)}"
        raise BinanceError(-4021, f"Asset withdrawal must be an {multiple}.")
    if amount < route.least:
        least = plain(route.least)
        raise BinanceError(-4022, f"Not less than the minimum pick-up quantity {least}.")
    if amount <= route.fee:
        raise BinanceError(-4028, "The amount of withdrawal must be greater than the Commission.")


def _refusal(rejected: Rejected) -> BinanceError:
    match rejected.reason:
        case Rejection.INSUFFICIENT_BALANCE:
            return BinanceError(-4026, "You have insufficient balance.")
        case Rejection.WITHDRAWALS_SUSPENDED:
            return BinanceError(-4019, "The current currency is not open for withdrawal.")
        case Rejection.TOO_MANY_WITHDRAWALS:
            return BinanceError(-4005, "Too many new requests.")
        case _:
            return refused(rejected)


def _row(one: Withdrawal) -> dict[str, Any]:
    row = {
        "id": _id(one),
        "amount": plain(one.amount - one.fee),
        "transactionFee": plain(one.fee),
        "coin": one.asset,
        "status": STATUSES[one.status],
        "address": one.address,
        "addressTag": one.tag,
        "txId": _id(one) if one.status is WithdrawalStatus.COMPLETED else "",
        "applyTime": _moment(one.requested_ms),
        "network": one.network,
        "transferType": 0,
        "info": "",
        "confirmNo": 1 if one.status is WithdrawalStatus.COMPLETED else 0,
        "walletType": SPOT_WALLET,
        "txKey": "",
    }
    if one.client_id is not None:
        row["withdrawOrderId"] = one.client_id
    if one.ended_ms is not None:
        row["completeTime"] = _moment(one.ended_ms)
    return row


def _taken(line: LedgerRow) -> dict[str, Any]:
    """What the operator took, as a withdrawal that was there at once."""
    network = routes_of(line.asset, 0)[0].network.name
    return {
        "id": movement_id(line),
        "amount": plain(-line.available_change),
        "transactionFee": "0",
        "coin": line.asset,
        "status": STATUSES[WithdrawalStatus.COMPLETED],
        "address": address_of(line.account_id, network),
        "addressTag": "",
        "txId": movement_id(line),
        "applyTime": _moment(line.time_ms),
        "completeTime": _moment(line.time_ms),
        "network": network,
        "transferType": 0,
        "info": line.reference,
        "confirmNo": 1,
        "walletType": SPOT_WALLET,
        "txKey": "",
    }


def _id(one: Withdrawal) -> str:
    """As long as the venue's ids."""
    return f"{one.id:0{ID_LENGTH}x}"


def _moment(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


OPERATIONS = (
    wallet(
        withdraw, "POST /sapi/v1/capital/withdraw/apply", weight=600, security=Security.WITHDRAW
    ),
    # Binance weighs this one per account, not per address: 18,000 of 180,000 a minute.
    wallet(withdrawals, "GET /sapi/v1/capital/withdraw/history"),
)
