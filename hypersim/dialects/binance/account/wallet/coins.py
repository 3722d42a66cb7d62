"""Coins, deposits, and what the exchange tells of assets.

Every deposit is the operator's and at once there; the addresses are made up so that nobody can
mistake them for real ones. Source: the Wallet API, "Capital" and "Asset".
"""

from typing import Any

from msgspec.structs import replace

from hypersim.account.entries import Balance
from hypersim.api.coins import (
    MONEY_KINDS,
    TITLES,
    Route,
    address_of,
    movement_id,
    on_its_way,
    places_of,
    routes_of,
)
from hypersim.dialects.binance.account.wallet.networks import route_of
from hypersim.dialects.binance.venue import NAME, Call, wallet
from hypersim.market.number import ZERO, plain
from hypersim.service.record import LedgerRow, PageQuery

HISTORY_MAX = 1_000
ID_LENGTH = 32
PLACES_DEFAULT = 8
DEPOSITED = 1
"""The status that says: done."""

ESTIMATED_MINUTES = 1
WITHDRAW_MAX = "9999999999"

FIAT = frozenset({"USD", "EUR", "GBP", "TRY", "BRL", "JPY", "AUD"})


async def coins(call: Call) -> object:
    """Every asset that is traded, with what the account has of it."""
    call.params.done()
    held = call.view.listed_balances_of(call.account_id)
    places = places_of(call.view)
    leaving = on_its_way(call.view, call.account_id)
    told = [
        _coin(name, held[name], plain(leaving.get(name, ZERO)), places.get(name, PLACES_DEFAULT))
        for name in sorted(held)
    ]
    if _is_suspended(call):
        for coin in told:
            coin["withdrawAllEnable"] = False
            for network in coin["networkList"]:
                network["withdrawEnable"] = False
    return told


def _is_suspended(call: Call) -> bool:
    """Whether nothing may be withdrawn just now."""
    key = "" if call.key is None else call.key.key
    return call.services.faults.suspends_withdrawals(NAME, call.account_id, key, call.arrived_ms)


async def asset_details(call: Call) -> object:
    """By asset: the least that can be withdrawn, and what it costs, on the usual network."""
    asset = call.params.take("asset")
    call.params.done()
    places, is_open = places_of(call.view), not _is_suspended(call)
    return {
        name: {
            "minWithdrawAmount": plain(route.least),
            "depositStatus": True,
            "withdrawFee": plain(route.fee),
            "withdrawStatus": is_open,
        }
        for name in sorted(places)
        if asset in (None, name)
        for route in routes_of(name, places[name])[:1]
    }


async def deposits(call: Call) -> object:
    """Money that came, the latest first."""
    params = call.params
    coin, status = params.take("coin"), params.integer("status")
    start_ms, end_ms = params.time_ms("startTime"), params.time_ms("endTime")
    offset = params.integer("offset") or 0
    limit = params.limit(HISTORY_MAX, HISTORY_MAX)
    tx_id = params.take("txId")
    params.done()
    if status not in (None, DEPOSITED):
        return []
    page = PageQuery(call.account_id, None, start_ms, end_ms, limit, is_latest=True, offset=offset)
    if tx_id is not None:
        # One of all is looked for by its name, which the record does not know.
        page = replace(page, limit=None, offset=0)
    lines = await call.services.archive.ledger(page, coin, MONEY_KINDS, gains=True)
    if tx_id is not None:
        lines = [line for line in lines if movement_id(line) == tx_id][offset:]
    return [_deposit(line) for line in reversed(lines)]


async def deposit_address(call: Call) -> object:
    """An address that is plainly none."""
    coin, network = call.params.need("coin"), call.params.take("network")
    call.params.done()
    route = route_of(coin, network, places_of(call.view).get(coin, PLACES_DEFAULT))
    return {**_address(call, coin, route), "url": "", "isDefault": 1}


async def deposit_addresses(call: Call) -> object:
    """The coin's address on each network."""
    coin, network = call.params.need("coin"), call.params.take("network")
    call.params.done()
    routes = routes_of(coin, places_of(call.view).get(coin, PLACES_DEFAULT))
    return [
        {**_address(call, coin, route), "isDefault": int(number == 0)}
        for number, route in enumerate(routes)
        if network in (None, route.network.name)
    ]


def _address(call: Call, coin: str, route: Route) -> dict[str, str]:
    return {
        "coin": coin,
        "address": address_of(call.account_id, route.network.name),
        "tag": str(call.account_id) if route.network.has_memo else "",
    }


def _deposit(line: LedgerRow) -> dict[str, Any]:
    network = routes_of(line.asset, 0)[0].network.name
    return {
        "id": movement_id(line),
        "amount": plain(line.available_change),
        "coin": line.asset,
        "network": network,
        "status": DEPOSITED,
        "address": address_of(line.account_id, network),
        "addressTag": "",
        "txId": movement_id(line),
        "insertTime": line.time_ms,
        "completeTime": line.time_ms,
        "transferType": 0,
        "confirmTimes": "1/1",
        "unlockConfirm": 0,
        "walletType": 0,
    }


def _coin(name: str, balance: Balance, withdrawing: str, places: int) -> dict[str, Any]:
    return {
        "coin": name,
        "depositAllEnable": True,
        "withdrawAllEnable": True,
        "name": TITLES.get(name, name),
        "free": plain(balance.available),
        "locked": plain(balance.locked),
        "freeze": "0",
        "withdrawing": withdrawing,
        "ipoing": "0",
        "ipoable": "0",
        "storage": "0",
        "isLegalMoney": name in FIAT,
        "trading": True,
        "networkList": [
            _network(name, route, places, is_default=number == 0)
            for number, route in enumerate(routes_of(name, places))
        ],
    }


def _network(coin: str, route: Route, places: int, *, is_default: bool) -> dict[str, Any]:
    smallest = "1" if places == 0 else f"0.{'0' * (places - 1)}1"
    network = route.network
    return {
        "network": network.name,
        "coin": coin,
        "withdrawIntegerMultiple": smallest,
        "isDefault": is_default,
        "depositEnable": True,
        "withdrawEnable": True,
        "depositDesc": "",
        "withdrawDesc": "",
        "specialTips": "Simulated: send nothing to the addresses shown here",
        "specialWithdrawTips": "",
        "name": network.title,
        "resetAddressStatus": False,
        "addressRegex": "",
        "memoRegex": "",
        "withdrawFee": plain(route.fee),
        "withdrawMin": plain(route.least),
        "withdrawMax": WITHDRAW_MAX,
        "withdrawInternalMin": smallest,
        "depositDust": smallest,
        "minConfirm": network.confirmations,
        "unLockConfirm": 0,
        "sameAddress": network.has_memo,
        "withdrawTag": network.has_memo,
        "estimatedArrivalTime": ESTIMATED_MINUTES,
        "busy": False,
        "contractAddressUrl": "",
        "contractAddress": "",
    }


OPERATIONS = (
    wallet(coins, "GET /sapi/v1/capital/config/getall", weight=10),
    wallet(deposits, "GET /sapi/v1/capital/deposit/hisrec"),
    wallet(deposit_address, "GET /sapi/v1/capital/deposit/address", weight=10),
    wallet(deposit_addresses, "GET /sapi/v1/capital/deposit/address/list", weight=10),
    wallet(asset_details, "GET /sapi/v1/asset/assetDetail"),
)
