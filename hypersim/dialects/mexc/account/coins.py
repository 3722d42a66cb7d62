"""Coins, on which networks they move, and deposits (spot_v3_en, "Wallet Endpoints").

Every deposit is the operator's and at once there; the addresses are made up so that nobody can
mistake them for real ones.
"""

from typing import Any

from hypersim.api.coins import (
    MONEY_KINDS,
    TITLES,
    Route,
    address_of,
    movement_id,
    places_of,
    routes_of,
)
from hypersim.api.operation import Security
from hypersim.dialects.mexc.errors import (
    insufficient_funds,
    no_such_coin,
    no_such_network,
    refused,
)
from hypersim.dialects.mexc.params import Params
from hypersim.dialects.mexc.venue import NAME, Call, signed
from hypersim.market.candle import DAY_MS
from hypersim.market.number import plain
from hypersim.service.record import LedgerRow, PageQuery
from hypersim.service.transaction import Transaction
from hypersim.trading.commands import Command
from hypersim.trading.rejections import Rejected, Rejection

HISTORY_MAX = 1_000
USUAL_MS, KEPT_MS = 7 * DAY_MS, 90 * DAY_MS
"""How far back a history goes where no time is sent, and at most."""

DEPOSITED = 5
WITHDRAW_MAX = "9999999999"

NETWORKS = {
    "BTC": ("BTC", "Bitcoin(BTC)"),
    "ETH": ("ETH", "Ethereum(ERC20)"),
    "BSC": ("BSC", "BNB Smart Chain(BEP20)"),
    "TRX": ("TRX", "Tron(TRC20)"),
    "SOL": ("SOL", "Solana(SOL)"),
    "ARBITRUM": ("ARB", "Arbitrum One(ARB)"),
    "OPTIMISM": ("OP", "Optimism(OP)"),
    "MATIC": ("MATIC", "Polygon(MATIC)"),
    "AVAXC": ("AVAX_CCHAIN", "Avalanche C Chain(AVAX CCHAIN)"),
    "XRP": ("XRP", "Ripple(XRP)"),
    "ADA": ("ADA", "Cardano(ADA)"),
    "DOGE": ("DOGE", "Dogecoin(DOGE)"),
    "LTC": ("LTC", "Litecoin(LTC)"),
    "DOT": ("DOT", "Polkadot(DOT)"),
}
"""MEXC's word for a network and its older, longer one; a client may use either."""


def network_words(name: str) -> dict[str, str]:
    """How an answer names a network."""
    short, long = NETWORKS.get(name, (name, name))
    return {"network": long, "netWork": short}


def coin_of(call: Call, name: str) -> tuple[str, int]:
    """A coin, which may be called by its network too (USDT-TRX), and its decimals. Raises 10232."""
    coin = name.partition("-")[0]
    places = places_of(call.view)
    if coin not in places:
        raise no_such_coin()
    return coin, places[coin]


def network_sent(params: Params) -> str | None:
    """By its new parameter or by its old one."""
    return params.text("netWork") or params.text("network")


def find_route(coin: str, sent: str | None, places: int) -> Route:
    """The coin's way on that network, the usual one for None. Raises 33333."""
    ways = routes_of(coin, places)
    if sent is None:
        return ways[0]
    for route in ways:
        name = route.network.name
        if sent in (name, *NETWORKS.get(name, ())):
            return route
    raise no_such_network(sent)


def history_page(call: Call) -> PageQuery:
    """The latest rows within the times sent: of a week unless they say more, of 90 days at most."""
    params = call.params
    since_ms, until_ms = params.integer("startTime"), params.integer("endTime")
    limit = params.limit(HISTORY_MAX, HISTORY_MAX)
    earliest_ms = call.arrived_ms - KEPT_MS
    since_ms = call.arrived_ms - USUAL_MS if since_ms is None else max(since_ms, earliest_ms)
    return PageQuery(call.account_id, None, since_ms, until_ms, limit, is_latest=True)


async def move(call: Call, command: Command) -> Transaction:
    """What became of money that was to leave a wallet. Raises 10101 where there is too little."""
    outcome = await call.submit(command)
    if not isinstance(outcome, Rejected):
        return outcome
    if outcome.reason is Rejection.INSUFFICIENT_BALANCE:
        raise insufficient_funds()
    raise refused(outcome)


async def coins(call: Call) -> object:
    """Every asset that is traded, and its networks."""
    key = "" if call.key is None else call.key.key
    faults = call.services.faults
    is_open = not faults.suspends_withdrawals(NAME, call.account_id, key, call.arrived_ms)
    return [
        _coin(name, places, is_open=is_open)
        for name, places in sorted(places_of(call.view).items())
    ]


def _coin(name: str, places: int, *, is_open: bool) -> dict[str, Any]:
    title = TITLES.get(name, name)
    ways = [_way(name, title, route, is_open=is_open) for route in routes_of(name, places)]
    return {"coin": name, "name": title, "Name": title, "networkList": ways}


def _way(coin: str, title: str, route: Route, *, is_open: bool) -> dict[str, Any]:
    return {
        "coin": coin,
        "depositDesc": None,
        "depositEnable": True,
        "minConfirm": route.network.confirmations,
        "name": title,
        "Name": title,
        **network_words(route.network.name),
        "withdrawEnable": is_open,
        "withdrawFee": plain(route.fee),
        "withdrawIntegerMultiple": None,
        "withdrawMax": WITHDRAW_MAX,
        "withdrawMin": plain(route.least),
        "sameAddress": route.network.has_memo,
        "contract": "",
        "withdrawTips": None,
        "depositTips": "Simulated: send nothing to the addresses shown here",
    }


async def deposits(call: Call) -> object:
    """Money that came, the latest first."""
    coin, status = call.params.text("coin"), call.params.integer("status")
    page = history_page(call)
    if status not in (None, DEPOSITED):
        return []
    asset = None if coin is None else coin_of(call, coin)[0]
    lines = await call.services.archive.ledger(page, asset, MONEY_KINDS, gains=True)
    return [_deposit(line) for line in reversed(lines)]


def _deposit(line: LedgerRow) -> dict[str, Any]:
    network = routes_of(line.asset, 0)[0].network.name
    return {
        "amount": plain(line.available_change),
        "coin": line.asset,
        **network_words(network),
        "status": DEPOSITED,
        "address": address_of(line.account_id, network),
        "txId": movement_id(line),
        "insertTime": line.time_ms,
        "unlockConfirm": "0",
        "confirmTimes": "1",
        "memo": None,
        "transHash": movement_id(line),
        "updateTime": line.time_ms,
    }


async def addresses(call: Call) -> object:
    """The coin's address on each network, or on the one that was sent."""
    coin, places = coin_of(call, call.params.need("coin"))
    sent = network_sent(call.params)
    ways = routes_of(coin, places) if sent is None else (find_route(coin, sent, places),)
    return [_address(call, coin, route) for route in ways]


async def make_address(call: Call) -> object:
    """That of one network, which is there already."""
    coin, places = coin_of(call, call.params.need("coin"))
    return _address(call, coin, find_route(coin, network_sent(call.params), places))


def _address(call: Call, coin: str, route: Route) -> dict[str, Any]:
    return {
        "coin": coin,
        **network_words(route.network.name),
        "address": address_of(call.account_id, route.network.name),
        "memo": str(call.account_id) if route.network.has_memo else None,
    }


OPERATIONS = (
    signed(Security.READ, coins, "GET /api/v3/capital/config/getall", 10),
    signed(Security.READ, deposits, "GET /api/v3/capital/deposit/hisrec"),
    signed(Security.READ, addresses, "GET /api/v3/capital/deposit/address", 10),
    signed(Security.WITHDRAW, make_address, "POST /api/v3/capital/deposit/address"),
)
