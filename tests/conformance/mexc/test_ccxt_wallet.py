"""Stock CCXT asks for an account's money through its unified calls."""

from collections.abc import AsyncIterator
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.support.dialects.mexc import ADAPTER
from tests.support.dialects.stand import ALICE, stand_of
from tests.support.mexc_serving import mexc_config, served


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with stand_of(ADAPTER) as stand, served(stand) as url:
        config = mexc_config(url, apiKey=ALICE.key, secret=ALICE.secret)
        exchange = ccxt.mexc(config | {"milliseconds": stand.clock.now_ms})
        exchange.nonce = stand.clock.now_ms
        try:
            yield exchange
        finally:
            await exchange.close()


async def test_every_call_about_money_is_answered(client: Any) -> None:
    currencies = await client.fetch_currencies()
    assert currencies["USDT"]["networks"]["TRC20"]["fee"] == 1
    await client.load_markets()
    fee = await client.fetch_trading_fee("BTC/USDT")
    assert 0 < fee["taker"] < 0.01
    (deposit,) = await client.fetch_deposits("USDT")
    assert (deposit["amount"], deposit["status"]) == (1_000_000, "ok")
    assert (await client.fetch_deposit_address("USDT", {"network": "TRC20"}))["network"] == "TRC20"
    made = await client.create_deposit_address("USDT", {"network": "TRC20"})
    assert made["address"].startswith("simulated-")
    assert "USDT" in await client.fetch_deposit_withdraw_fees()

    sent = await client.withdraw("USDT", 100, "T1address", {"network": "TRC20"})
    (withdrawal,) = await client.fetch_withdrawals("USDT")
    assert withdrawal["id"] == sent["id"]
    assert (withdrawal["amount"], withdrawal["fee"]["cost"]) == (99, 1)
    assert withdrawal["status"] == "pending"

    moved = await client.transfer("USDT", 5, "spot", "swap")
    way = {"fromAccountType": "SPOT", "toAccountType": "FUTURES"}
    (transfer,) = await client.fetch_transfers("USDT", None, None, way)
    assert (transfer["id"], transfer["amount"]) == (moved["id"], 5)
    assert (await client.fetch_transfer(moved["id"]))["status"] == "ok"
    with pytest.raises(ccxt.ExchangeError, match="10103"):
        await client.transfer("USDT", 5, "spot", "funding")
    balance = await client.fetch_balance()
    assert balance["USDT"]["total"] == 1_000_000 - 105
    accounts = await client.fetch_accounts()
    assert {account["code"] for account in accounts} == {"BTC", "USDT"}
