"""A restart that chooses fewer symbols than there were."""

from decimal import Decimal

from msgspec.structs import replace

from hypersim.feeds.spot_pairs import spot_pairs
from hypersim.service.unlisting import unlist_others
from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.touched import touched_symbols
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import CancelOrder, ListInstrument, PlaceOrder
from hypersim.trading.order import OrderType, Side
from hypersim.trading.rejections import Rejection
from hypersim.trading.rules import Rules
from tests.support.recorded_exchange import loaded, recorded

RULES = Rules(fills.load("depth"), fees.load("received"))
BY_SYMBOL = {one.instrument.symbol: one.instrument for one in spot_pairs()}
RESTS = PlaceOrder(1, "PEPE/USDT", Side.BUY, OrderType.LIMIT, Decimal(10**6), price=Decimal("2e-6"))
RESTS_ELSEWHERE = replace(RESTS, symbol="WIF/USDT", price=Decimal(1))
ENDED = PlaceOrder(1, "SHIB/USDT", Side.BUY, OrderType.LIMIT, Decimal(10**6), price=Decimal("1e-5"))


async def test_what_somebody_may_still_need_stays_listed(database: ConnectionSettings) -> None:
    listed = ["BTC/USDT", "PEPE/USDT", "SHIB/USDT", "DOGE/USDT", "TIA/USDT", "WIF/USDT"]
    async with recorded(database, RULES) as live:
        await live.commit(
            *(ListInstrument(BY_SYMBOL[symbol]) for symbol in listed),
            ListInstrument(replace(BY_SYMBOL["FET/USDT"], is_asked_for=True)),
            OpenAccount("somebody@example.com"),
            Deposit(1, "USDT", Decimal(100), "a deposit"),
            Deposit(1, "DOGE", Decimal(5), "another"),
            RESTS,
            ENDED,
        )
        await live.commit(CancelOrder(1, 2))
    exchange, view = await loaded(database, RULES)
    touched = await touched_symbols(database)
    assert touched == {"PEPE/USDT", "SHIB/USDT"}
    unlist_others(exchange.state, view, {"BTC/USDT"}, touched)
    kept = ["BTC/USDT", "PEPE/USDT", "SHIB/USDT", "DOGE/USDT", "FET/USDT"]
    assert list(view.instruments) == list(view.markets) == list(exchange.state.markets) == kept
    assert (view.symbol("WIFUSDT"), view.symbol("PEPEUSDT")) == (None, "PEPE/USDT")
    refused = exchange.execute(RESTS_ELSEWHERE, 1)[1]
    assert refused is not None
    assert refused.reason is Rejection.UNKNOWN_SYMBOL
    _, whole = await loaded(database, RULES)
    assert list(whole.instruments) == [*listed, "FET/USDT"], "the record keeps all of them"
