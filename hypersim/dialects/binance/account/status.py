"""What an account is and has: account.status, its order counts, its filters, its allocations."""

from hypersim.api.coins import places_of
from hypersim.dialects.binance.errors.parameters import bad_combination
from hypersim.dialects.binance.market.filters import asset_filters, exchange_filters, filters_of
from hypersim.dialects.binance.numbers import PLACES, fixed
from hypersim.dialects.binance.orders.commission import printed_by_side, rates_of
from hypersim.dialects.binance.params.paging import ROWS_DEFAULT, ROWS_MAX, read_times
from hypersim.dialects.binance.venue import Call, reading
from hypersim.service.contents import Data
from hypersim.service.record import PageQuery
from hypersim.service.view import View

BASIS_POINTS = 10_000


async def account_status(call: Call) -> object:
    """Balances of every asset that is traded here, fees and permissions."""
    hides_zeros = call.params.boolean("omitZeroBalances")
    call.params.done()
    view, account_id = call.view, call.account_id
    rates = rates_of(view.users[account_id], next(iter(view.instruments.values()), None))
    return {
        "makerCommission": int(rates.maker * BASIS_POINTS),
        "takerCommission": int(rates.taker * BASIS_POINTS),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": printed_by_side(rates),
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.time(await _updated_ms(call)),
        "accountType": "SPOT",
        "balances": _balances(view, account_id, hides_zeros=bool(hides_zeros)),
        "permissions": ["SPOT"],
        "uid": account_id,
    }


async def order_counts(call: Call) -> object:
    """Unfilled orders of the running intervals."""
    call.params.done()
    return call.venue.order_counts.rows(call.account_id, call.now_ms())


async def filters(call: Call) -> object:
    """What bounds the account's orders in the symbol."""
    instrument, limits = call.instrument(), call.view.account_limits
    call.params.done()
    return {
        "exchangeFilters": exchange_filters(limits),
        "symbolFilters": filters_of(instrument),
        "assetFilters": asset_filters(limits, instrument),
    }


async def allocations(call: Call) -> object:
    """There are none: an order that asks for routing trades in the symbol's own book."""
    call.instrument()
    params = call.params
    start_ms, end_ms = read_times(params)
    from_id, order_id = params.integer("fromAllocationId"), params.integer("orderId")
    params.limit(ROWS_DEFAULT, ROWS_MAX)
    params.done()
    has_times = start_ms is not None or end_ms is not None
    if has_times and (from_id is not None or order_id is not None):
        raise bad_combination()
    return []


def _balances(view: View, account_id: int, *, hides_zeros: bool) -> list[dict[str, str]]:
    places = {asset: max(PLACES, own) for asset, own in places_of(view).items()}
    return [
        {
            "asset": asset,
            "free": fixed(balance.available, places.get(asset, PLACES)),
            "locked": fixed(balance.locked, places.get(asset, PLACES)),
        }
        for asset, balance in view.listed_balances_of(account_id).items()
        if not hides_zeros or balance.available or balance.locked
    ]


async def _updated_ms(call: Call) -> int:
    """When money last moved."""
    lines = await call.services.archive.ledger(PageQuery(call.account_id, limit=1), None)
    return lines[-1].time_ms if lines else call.view.users[call.account_id].created_ms


OPERATIONS = (
    reading(
        account_status,
        "GET /api/v3/account",
        "account.status",
        20,
        "omitZeroBalances",
        reads=Data.BALANCES,
    ),
    reading(order_counts, "GET /api/v3/rateLimit/order", "account.rateLimits.orders", 40),
    reading(filters, "GET /api/v3/myFilters", "myFilters", 40, "symbol"),
    reading(
        allocations,
        "GET /api/v3/myAllocations",
        "myAllocations",
        20,
        "symbol startTime endTime limit fromAllocationId orderId",
    ),
)
