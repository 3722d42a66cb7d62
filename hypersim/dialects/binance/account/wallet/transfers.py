"""Transfers between the spot wallet and the funding wallet, and what the funding wallet holds.

Source: the Wallet API, "User Universal Transfer" and "Funding Wallet". The other wallets that it
knows (margin, futures, options) do not exist here.
"""

from typing import Any

from hypersim.account.entries import EntryKind, funding_account
from hypersim.api.coins import places_of
from hypersim.api.operation import Security
from hypersim.dialects.binance.account.wallet.holdings import holdings
from hypersim.dialects.binance.errors.general import BinanceError, refused, unsupported
from hypersim.dialects.binance.errors.parameters import malformed
from hypersim.dialects.binance.venue import Call, wallet
from hypersim.market.number import plain
from hypersim.service.record import LedgerRow, PageQuery
from hypersim.trading.account_commands import MoveToWallet
from hypersim.trading.events import FundsMoved
from hypersim.trading.rejections import Rejected, Rejection

PAGE_DEFAULT, PAGE_MAX = 10, 100
KINDS = {"MAIN_FUNDING": EntryKind.TO_FUNDING, "FUNDING_MAIN": EntryKind.TO_SPOT}
"""The ways that exist, by their names."""


async def transfer(call: Call) -> object:
    """At once there."""
    params = call.params
    way, asset, amount = params.need("type"), params.need("asset"), params.need_decimal("amount")
    params.done()
    if way not in KINDS:
        raise unsupported()
    if asset not in places_of(call.view):
        raise BinanceError(-5003, "You don't have this asset.")
    if not amount:
        raise malformed("amount")
    command = MoveToWallet(call.account_id, asset, amount, KINDS[way] is EntryKind.TO_FUNDING)
    outcome = await call.submit(command)
    if isinstance(outcome, Rejected):
        if outcome.reason is Rejection.INSUFFICIENT_BALANCE:
            raise BinanceError(-5013, "Asset transfer failed: insufficient balance")
        raise refused(outcome)
    return {"tranId": outcome.first(FundsMoved).entry.seq}


async def transfers(call: Call) -> object:
    """One way's transfers, the latest first, page by page."""
    params = call.params
    way = params.need("type")
    start_ms, end_ms = params.time_ms("startTime"), params.time_ms("endTime")
    current = params.integer("current", 1) or 1
    size = params.integer("size", 1, PAGE_MAX) or PAGE_DEFAULT
    params.done()
    if way not in KINDS:
        return {"total": 0, "rows": []}
    offset = (current - 1) * size
    page = PageQuery(call.account_id, None, start_ms, end_ms, size, is_latest=True, offset=offset)
    archive, kinds = call.services.archive, (KINDS[way],)
    lines = await archive.ledger(page, None, kinds)
    total = await archive.count_ledger(page, kinds)
    return {"total": total, "rows": [_row(line, way) for line in reversed(lines)]}


async def funding_assets(call: Call) -> object:
    """What the funding wallet has, without what it has nothing of; nothing leaves it directly."""
    return holdings(call, funding_account(call.account_id), {}, {})


def _row(line: LedgerRow, way: str) -> dict[str, Any]:
    return {
        "asset": line.asset,
        "amount": plain(abs(line.available_change)),
        "type": way,
        "status": "CONFIRMED",
        "tranId": line.seq,
        "timestamp": line.time_ms,
    }


OPERATIONS = (
    # Binance weighs this one per account, not per address: 900 of 180,000 a minute.
    wallet(transfer, "POST /sapi/v1/asset/transfer", security=Security.TRADE),
    wallet(transfers, "GET /sapi/v1/asset/transfer"),
    wallet(funding_assets, "POST /sapi/v1/asset/get-funding-asset"),
)
