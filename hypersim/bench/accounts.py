"""Users with keys and money, made through the admin API as anybody would."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from hypersim.account.user import Secret
from hypersim.bench.workload import Trader
from hypersim.market.instrument import Instrument
from hypersim.market.number import ceil_to, plain

WEALTH = Decimal(1_000_000)
"""What each user gets of every asset, in quote: no order of the run is refused for lack of it."""

_AT_ONCE = 16


class SetupFailed(Exception):
    """The exchange did not take what the bench needs; the message has its answer."""


class _Issued(msgspec.Struct, rename="camel"):
    api_key: str
    api_secret: str


class _Quote(msgspec.Struct):
    last: Decimal


async def open_accounts(
    url: str, token: Secret, count: int, instruments: Sequence[Instrument]
) -> list[Trader]:
    """`count` users, each rich in every asset. Raises SetupFailed."""
    headers = {"Authorization": f"Bearer {token.value}"}
    turn = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        prices = await current_prices(url, instruments)
        amounts = {
            instrument.base: ceil_to(WEALTH / prices[instrument.symbol], instrument.step_size)
            for instrument in instruments
        }
        amounts |= dict.fromkeys((instrument.quote for instrument in instruments), 10 * WEALTH)

        async def open_one(number: int) -> Trader:
            async with turn:
                return await _open_account(client, f"bench{number}@example.com", amounts)

        return await asyncio.gather(*(open_one(number) for number in range(count)))


async def current_prices(url: str, instruments: Sequence[Instrument]) -> dict[str, Decimal]:
    """The last price of each symbol. Raises SetupFailed."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        symbols = ",".join(instrument.symbol for instrument in instruments)
        answer = await client.get("/v1/tickers", params={"symbols": symbols})
    quotes = _checked(answer, dict[str, _Quote])
    return {symbol: quote.last for symbol, quote in quotes.items()}


async def _open_account(
    client: httpx.AsyncClient, email: str, amounts: Mapping[str, Decimal]
) -> Trader:
    created = await client.post("/admin/users", json={"email": email})
    issued = _checked(created, _Issued)
    for asset, amount in amounts.items():
        deposit = {"user": email, "asset": asset, "amount": plain(amount), "action": "deposit"}
        _checked(await client.post("/admin/balances", json=deposit), dict[str, object])
    return Trader(email, issued.api_key, Secret(issued.api_secret))


def _checked(answer: httpx.Response, kind: Any) -> Any:
    if not answer.is_success:
        where = f"{answer.request.method} {answer.request.url.path}"
        raise SetupFailed(f"{where} was answered {answer.status_code}: {answer.text[:300]}")
    return msgspec.json.decode(answer.content, type=kind)
