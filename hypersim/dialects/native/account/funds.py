"""Private endpoints for money: balance, ledger, fees."""

from litestar import Response, get

from hypersim.account.user import Permission
from hypersim.dialects.native.auth import NativeRequest, services_of, signed_body
from hypersim.dialects.native.limits import charge_rows
from hypersim.dialects.native.market.endpoints import reply
from hypersim.dialects.native.numbers import number
from hypersim.dialects.native.orders.bodies import balance_body, ledger_body
from hypersim.dialects.native.orders.endpoints import PAGE_PARAMETERS, page_of
from hypersim.dialects.native.params import Query
from hypersim.dialects.native.words import LIST, operation
from hypersim.service.heavy_reads import in_slices


@get(
    "/v1/balance",
    summary="What the account has, by asset",
    operation_class=operation(is_signed=True),
)
async def balance(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    Query(request, ())
    engine = services_of(request).engine
    balances = engine.view.listed_balances_of(key.account_id)
    return reply(balance_body(balances, engine.clock.now_ms()))


@get(
    "/v1/ledger",
    summary="Every change of every balance, oldest first",
    operation_class=operation(
        query=(*PAGE_PARAMETERS[1:], "currency"), answer=LIST, is_signed=True
    ),
)
async def ledger(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    query = Query(request, (*PAGE_PARAMETERS[1:], "currency"))
    services = services_of(request)
    page = page_of(services.engine.view, query, key.account_id)
    rows = await services.archive.ledger(page, query.asset("currency"))
    charge_rows(request, len(rows))
    return reply(await in_slices(ledger_body, rows))


@get(
    "/v1/fees",
    summary="The account's maker and taker rates by symbol",
    operation_class=operation(is_signed=True),
)
async def fees(request: NativeRequest) -> Response[bytes]:
    key, _ = await signed_body(request, Permission.READ)
    Query(request, ())
    view = services_of(request).engine.view
    rates = view.users[key.account_id].fee_rates
    return reply(
        {
            symbol: {
                "symbol": symbol,
                "maker": number(rates.maker if rates else instrument.maker_fee_rate),
                "taker": number(rates.taker if rates else instrument.taker_fee_rate),
                "percentage": True,
                "tierBased": False,
                "info": {},
            }
            for symbol, instrument in view.instruments.items()
        }
    )


ACCOUNT_HANDLERS = [balance, ledger, fees]
