"""Coins, and the money that came and went: deposits and withdrawals that the operator made.

Every deposit is at once there and every withdrawal at once gone; neither costs anything, and the
addresses are made up so that nobody can mistake them for real ones.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from hypersim.account.ledger import NO_BALANCE, Balance, EntryKind
from hypersim.dialects.binance.auth import Security
from hypersim.dialects.binance.operations import Call, Handler, Operation
from hypersim.dialects.binance.text import fixed
from hypersim.market.number import plain
from hypersim.service.changes import LedgerRow
from hypersim.service.record import PageQuery

HISTORY_MAX = 1_000
DEPOSITED, WITHDRAWN = 1, 6
"""The statuses that say: done."""

NETWORKS = {
    "BTC": "BTC",
    "ETH": "ETH",
    "USDT": "ETH",
    "USDC": "ETH",
    "BNB": "BSC",
    "SOL": "SOL",
    "XRP": "XRP",
    "DOGE": "DOGE",
    "ADA": "ADA",
    "TRX": "TRX",
    "LTC": "LTC",
    "AVAX": "AVAXC",
    "LINK": "ETH",
}
"""The chain of each coin that is known to have one; others are a chain of their own name."""

FIAT = frozenset({"USD", "EUR", "GBP", "TRY", "BRL", "JPY", "AUD"})
_MONEY_KINDS = (EntryKind.DEPOSIT, EntryKind.WITHDRAW, EntryKind.ADJUST)


async def coins(call: Call) -> object:
    """Every asset that is traded, with what the account has of it."""
    call.params.done()
    held = call.view.listed_balances_of(call.account_id)
    places = _places(call)
    return [_coin(name, held.get(name, NO_BALANCE), places.get(name, 8)) for name in sorted(held)]


async def deposits(call: Call) -> object:
    """Money that came, the latest first."""
    lines = await _history(call, DEPOSITED, lambda line: line.available_change > 0)
    return [_deposit(line) for line in lines]


async def withdrawals(call: Call) -> object:
    """Money that went, the latest first."""
    lines = await _history(call, WITHDRAWN, lambda line: line.available_change < 0)
    return [_withdrawal(line) for line in lines]


async def deposit_address(call: Call) -> object:
    """An address that is plainly none."""
    coin = call.params.need("coin")
    network = call.params.take("network") or network_of(coin)
    call.params.done()
    return {
        "coin": coin,
        "address": address_of(call.account_id, network),
        "tag": "",
        "url": "",
    }


def network_of(coin: str) -> str:
    """The chain on which the coin would move."""
    return NETWORKS.get(coin, coin)


def address_of(account_id: int, network: str) -> str:
    """Where an account's money is said to be; it has no meaning on any chain."""
    return f"simulated-{network.lower()}-{account_id}"


async def _history(
    call: Call, done: int, concerns: Callable[[LedgerRow], bool]
) -> Iterator[LedgerRow]:
    params = call.params
    coin, status = params.take("coin"), params.integer("status")
    page = PageQuery(
        call.account_id,
        since_ms=params.time_ms("startTime"),
        until_ms=params.time_ms("endTime"),
    )
    offset = params.integer("offset") or 0
    limit = params.limit(HISTORY_MAX, HISTORY_MAX)
    wanted = (params.take("txId"), params.take("withdrawOrderId"))
    params.done()
    if status not in (None, done):
        return iter(())
    lines = await call.services.archive.ledger(page, coin, _MONEY_KINDS)
    fitting = [
        line
        for line in reversed(lines)
        if concerns(line) and wanted[0] in (None, _id(line)) and wanted[1] is None
    ]
    return iter(fitting[offset : offset + limit])


def _deposit(line: LedgerRow) -> dict[str, Any]:
    network = network_of(line.asset)
    return {
        "id": _id(line),
        "amount": plain(line.available_change),
        "coin": line.asset,
        "network": network,
        "status": DEPOSITED,
        "address": address_of(line.account_id, network),
        "addressTag": "",
        "txId": _id(line),
        "insertTime": line.time_ms,
        "completeTime": line.time_ms,
        "transferType": 0,
        "confirmTimes": "1/1",
        "unlockConfirm": 0,
        "walletType": 0,
    }


def _withdrawal(line: LedgerRow) -> dict[str, Any]:
    network = network_of(line.asset)
    moment = datetime.fromtimestamp(line.time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "id": _id(line),
        "amount": plain(-line.available_change),
        "transactionFee": "0",
        "coin": line.asset,
        "status": WITHDRAWN,
        "address": address_of(line.account_id, network),
        "addressTag": "",
        "txId": _id(line),
        "applyTime": moment,
        "completeTime": moment,
        "network": network,
        "transferType": 0,
        "info": line.reference,
        "confirmNo": 1,
        "walletType": 0,
        "txKey": "",
    }


def _id(line: LedgerRow) -> str:
    """The ledger's own number of the movement."""
    return f"ledger-{line.seq}-{line.leg}"


def _coin(name: str, balance: Balance, places: int) -> dict[str, Any]:
    return {
        "coin": name,
        "depositAllEnable": True,
        "withdrawAllEnable": True,
        "name": name,
        "free": fixed(balance.available),
        "locked": fixed(balance.locked),
        "freeze": "0",
        "withdrawing": "0",
        "ipoing": "0",
        "ipoable": "0",
        "storage": "0",
        "isLegalMoney": name in FIAT,
        "trading": True,
        "networkList": [_network(name, places)],
    }


def _network(coin: str, places: int) -> dict[str, Any]:
    network = network_of(coin)
    smallest = "1" if places == 0 else f"0.{'0' * (places - 1)}1"
    return {
        "network": network,
        "coin": coin,
        "withdrawIntegerMultiple": smallest,
        "isDefault": True,
        "depositEnable": True,
        "withdrawEnable": True,
        "depositDesc": "",
        "withdrawDesc": "",
        "specialTips": "Simulated: send nothing to the addresses shown here",
        "name": network,
        "resetAddressStatus": False,
        "addressRegex": "",
        "memoRegex": "",
        "withdrawFee": "0",
        "withdrawMin": smallest,
        "withdrawMax": "9999999999",
        "minConfirm": 1,
        "unLockConfirm": 0,
        "sameAddress": False,
        "estimatedArrivalTime": 0,
        "busy": False,
        "contractAddressUrl": "",
        "contractAddress": "",
    }


def _places(call: Call) -> dict[str, int]:
    places: dict[str, int] = {}
    for one in call.view.instruments.values():
        places |= {one.quote: one.quote_places, one.base: one.base_places}
    return places


def _signed(handler: Handler, rest: str, weight: int = 1) -> Operation:
    return Operation(handler, rest=(rest,), security=Security.READ, weight=weight, is_lenient=True)


OPERATIONS = (
    _signed(coins, "GET /sapi/v1/capital/config/getall", weight=10),
    _signed(deposits, "GET /sapi/v1/capital/deposit/hisrec"),
    # Binance weighs this one per account, not per address: 18,000 of 180,000 a minute.
    _signed(withdrawals, "GET /sapi/v1/capital/withdraw/history"),
    _signed(deposit_address, "GET /sapi/v1/capital/deposit/address", weight=10),
)
