"""Transfers between an account's wallets, and conversions, of which there are none (spot_v3_en,
"User Universal Transfer", "Dust Transfer", "Internal Transfer").

There are no futures: the wallet of that name is the second one that every account has.
"""

from decimal import Decimal
from typing import Any

from hypersim.account.entries import EntryKind
from hypersim.api.operation import Security
from hypersim.dialects.mexc.account.coins import KEPT_MS, USUAL_MS, coin_of, move
from hypersim.dialects.mexc.errors import (
    amount_too_fine,
    missing,
    no_such_account_type,
    no_such_record,
    not_transferable,
)
from hypersim.dialects.mexc.venue import Call, signed
from hypersim.dialects.mexc.words import long_id
from hypersim.market.number import plain
from hypersim.service.record import LedgerRow, PageQuery
from hypersim.trading.account_commands import MoveToWallet
from hypersim.trading.events import FundsMoved

PAGE_DEFAULT, PAGE_MAX = 10, 100
KINDS = {("SPOT", "FUTURES"): EntryKind.TO_FUNDING, ("FUTURES", "SPOT"): EntryKind.TO_SPOT}
WAYS = {kind: way for way, kind in KINDS.items()}
NOT_CONVERTED = {"message": "invalid symbol", "code": "30021"}


async def transfer(call: Call) -> object:
    """At once there."""
    params, kind = call.params, _kind_sent(call)
    coin, places = coin_of(call, params.need("asset"))
    amount = params.positive("amount")
    if amount is None:
        raise missing("amount")
    if amount % Decimal(1).scaleb(-places):
        raise amount_too_fine()
    command = MoveToWallet(call.account_id, coin, amount, kind is EntryKind.TO_FUNDING)
    outcome = await move(call, command)
    return {"tranId": long_id(outcome.first(FundsMoved).entry.seq)}


async def transfers(call: Call) -> object:
    """One way's, the latest first, page by page."""
    params, kinds = call.params, (_kind_sent(call),)
    since_ms, until_ms = params.integer("startTime"), params.integer("endTime")
    if since_ms is None:
        since_ms = call.arrived_ms - USUAL_MS
    size = max(1, min(params.integer("size") or PAGE_DEFAULT, PAGE_MAX))
    offset = (max(1, params.integer("page") or 1) - 1) * size
    page = PageQuery(call.account_id, None, since_ms, until_ms, size, is_latest=True, offset=offset)
    archive = call.services.archive
    lines = await archive.ledger(page, None, kinds)
    total = await archive.count_ledger(page, kinds)
    return {"rows": [_row(line) for line in reversed(lines)], "total": total}


async def transfer_by_id(call: Call) -> object:
    """One of them. Raises 22222."""
    return _row(await _named(call, call.params.need("tranId")))


async def transfer_record(call: Call) -> object:
    """The same in the words of the API before."""
    line = await _named(call, call.params.need("transact_id"))
    is_out = line.kind == EntryKind.TO_FUNDING
    names = ("MAIN", "CONTRACT") if is_out else ("CONTRACT", "MAIN")
    data = {
        "currency": line.asset,
        "amount": plain(abs(line.available_change)),
        "transact_id": long_id(line.seq),
        "from": names[0],
        "to": names[1],
        "transact_state": "SUCCESS",
    }
    return {"code": "200", "data": data}


async def _named(call: Call, text: str) -> LedgerRow:
    # One of all is looked for by its name, which the record does not know.
    page = PageQuery(call.account_id, None, call.arrived_ms - 2 * KEPT_MS)
    lines = await call.services.archive.ledger(page, None, tuple(WAYS))
    for line in lines:
        if long_id(line.seq) == text:
            return line
    raise no_such_record()


def _kind_sent(call: Call) -> EntryKind:
    way = (call.params.need("fromAccountType"), call.params.need("toAccountType"))
    if way not in KINDS:
        raise no_such_account_type()
    return KINDS[way]


def _row(line: LedgerRow) -> dict[str, Any]:
    source, target = WAYS[EntryKind(line.kind)]
    return {
        "tranId": long_id(line.seq),
        "clientTranId": None,
        "asset": line.asset,
        "amount": plain(abs(line.available_change)),
        "fromAccountType": source,
        "toAccountType": target,
        "symbol": None,
        "status": "SUCCESS",
        "timestamp": line.time_ms,
    }


async def no_pages(call: Call) -> object:
    """Of what nobody has here: conversions, transfers to other accounts, kept addresses."""
    page = call.params.integer("page") or 1
    return {"data": [], "totalRecords": 0, "page": page, "totalPageNum": 0}


async def no_internal_transfer(call: Call) -> object:
    """Nobody sends money to another account here."""
    for name in ("toAccountType", "toAccount", "asset", "amount"):
        call.params.need(name)
    raise not_transferable()


async def convertible(call: Call) -> object:
    """Nothing is."""
    del call
    return []


async def convert(call: Call) -> object:
    """Small balances stay what they are: each one fails."""
    failed = [{"asset": one, **NOT_CONVERTED} for one in call.params.need("asset").split(",")]
    return {"successList": [], "failedList": failed, "totalConvert": "0", "convertFee": "0"}


READ, TRADE = Security.READ, Security.TRADE

OPERATIONS = (
    signed(TRADE, transfer, "POST /api/v3/capital/transfer"),
    signed(READ, transfers, "GET /api/v3/capital/transfer"),
    signed(READ, transfer_by_id, "GET /api/v3/capital/transfer/tranId"),
    signed(READ, transfer_record, "GET /api/v3/asset/internal/transfer/record"),
    signed(Security.WITHDRAW, no_internal_transfer, "POST /api/v3/capital/transfer/internal"),
    signed(READ, no_pages, "GET /api/v3/capital/transfer/internal"),
    signed(READ, convertible, "GET /api/v3/capital/convert/list"),
    signed(TRADE, convert, "POST /api/v3/capital/convert", 10),
    signed(READ, no_pages, "GET /api/v3/capital/convert"),
)
