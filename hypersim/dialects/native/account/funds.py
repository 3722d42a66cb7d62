"""Private endpoints for money: balance, ledger, fees."""

from msgspec import Struct

from hypersim.api.operation import Security
from hypersim.api.plain_json import Object, number
from hypersim.dialects.native.errors import invalid
from hypersim.dialects.native.orders.bodies import balance_body, ledger_body
from hypersim.dialects.native.params import (
    Asset,
    Limit,
    Moment,
    PageRequest,
    Since,
    Until,
    moment_ms,
)
from hypersim.dialects.native.venue import Call, Operation
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import in_slices
from hypersim.service.past_balances import balances_at


class LedgerQuery(Struct):
    """Of `GET /v1/ledger`."""

    since: Since | None = None
    until: Until | None = None
    limit: Limit | None = None
    currency: Asset | None = None


class BalanceQuery(Struct):
    """Of `GET /v1/balance`."""

    asOf: Moment | None = None  # noqa: N815 - as parameters are spelled here


async def balance(call: Call) -> Object:
    """What the account has, by asset."""
    as_of = call.query(BalanceQuery).asOf
    now_ms = call.services.engine.clock.now_ms()
    if as_of is not None:
        return await _balance_at(call, moment_ms(as_of, "asOf"), now_ms)
    return balance_body(call.view.listed_balances_of(call.account_id), now_ms)


async def _balance_at(call: Call, time_ms: int, now_ms: int) -> Object:
    """As the ledger says, at the end of that millisecond."""
    view, account_id = call.view, call.account_id
    created_ms = view.users[account_id].created_ms
    if not created_ms <= time_ms <= now_ms:
        raise invalid(
            f"asOf must be between {created_ms}, when this account began, and {now_ms}, which is "
            f"now; not {time_ms}",
            field="asOf",
        )
    assets = view.balances_of(account_id)
    call.charge_rows(len(assets))
    found = await balances_at(call.services.archive, account_id, assets, time_ms)
    return balance_body(view.no_balances() | found, time_ms)


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
    Operation(
        balance, ("GET /v1/balance",), (), Security.READ, query=BalanceQuery, reads=Data.BALANCES
    ),
    Operation(ledger, ("GET /v1/ledger",), (), Security.READ, query=LedgerQuery),
    Operation(fees, ("GET /v1/fees",), (), Security.READ),
)
