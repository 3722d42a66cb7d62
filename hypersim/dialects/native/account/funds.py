"""Private endpoints for money: balance, ledger, fees."""

from msgspec import Struct

from hypersim.api.operation import Security
from hypersim.api.plain_json import Object, number
from hypersim.dialects.native.orders.bodies import balance_body, ledger_body
from hypersim.dialects.native.params import Asset, Limit, PageRequest, Since, Until
from hypersim.dialects.native.venue import Call, Operation
from hypersim.service.heavy_reads import in_slices


class LedgerQuery(Struct):
    """Of `GET /v1/ledger`."""

    since: Since | None = None
    until: Until | None = None
    limit: Limit | None = None
    currency: Asset | None = None


async def balance(call: Call) -> Object:
    """What the account has, by asset."""
    call.no_query()
    balances = call.view.listed_balances_of(call.account_id)
    return balance_body(balances, call.services.engine.clock.now_ms())


async def ledger(call: Call) -> list[Object]:
    """Every change of every balance, oldest first."""
    query = call.query(LedgerQuery)
    page = PageRequest(None, query.since, query.until, query.limit)
    rows = await call.services.archive.ledger(page.page(call.view, call.account_id), query.currency)
    call.charge_rows(len(rows))
    return await in_slices(ledger_body, rows)


async def fees(call: Call) -> Object:
    """The account's maker and taker rates by symbol."""
    call.no_query()
    rates = call.view.users[call.account_id].fee_rates
    return {
        symbol: {
            "symbol": symbol,
            "maker": number(rates.maker if rates else instrument.maker_fee_rate),
            "taker": number(rates.taker if rates else instrument.taker_fee_rate),
            "percentage": True,
            "tierBased": False,
            "info": {},
        }
        for symbol, instrument in call.view.instruments.items()
    }


OPERATIONS = (
    Operation(balance, ("GET /v1/balance",), (), Security.READ),
    Operation(ledger, ("GET /v1/ledger",), (), Security.READ, query=LedgerQuery),
    Operation(fees, ("GET /v1/fees",), (), Security.READ),
)
