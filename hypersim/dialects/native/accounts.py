"""Private endpoints for money: balance, ledger, fees."""

from typing import Any

from litestar import Response, get

from hypersim.account.user import Permission
from hypersim.api.services import Services
from hypersim.dialects.native.auth import NativeRequest, signed_body
from hypersim.dialects.native.bodies import balance_body, ledger_body, number
from hypersim.dialects.native.market import reply
from hypersim.dialects.native.orders import PAGE_PARAMETERS, page_of
from hypersim.dialects.native.parsing import Query


def account_handlers(services: Services) -> list[Any]:
    """The handlers of the account API."""
    engine, view = services.engine, services.engine.view

    @get("/v1/balance", summary="What the account has, by asset")
    async def balance(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        Query(request, ())
        return reply(balance_body(view.balances_of(key.account_id), engine.clock.now_ms()))

    @get("/v1/ledger", summary="Every change of every balance, oldest first")
    async def ledger(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        query = Query(request, (*PAGE_PARAMETERS[1:], "currency"))
        page = page_of(view, query, key.account_id)
        rows = await services.archive.ledger(page, query.text("currency"))
        return reply([ledger_body(row) for row in rows])

    @get("/v1/fees", summary="The account's maker and taker rates by symbol")
    async def fees(request: NativeRequest) -> Response[bytes]:
        key, _ = await signed_body(services, request, Permission.READ)
        Query(request, ())
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

    return [balance, ledger, fees]
