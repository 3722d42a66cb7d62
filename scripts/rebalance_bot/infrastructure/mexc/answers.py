"""What MEXC's answers say, as far as the bot reads them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from scripts.rebalance_bot.application.errors import Refused, Unclear
from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.order import Order, Status
from scripts.rebalance_bot.domain.planning import Holdings
from scripts.rebalance_bot.domain.side import Side

T = TypeVar("T")


def read(parse: Callable[[], T]) -> T:
    """What was parsed. Raises `Unclear` if the answer is not what MEXC documents."""
    try:
        return parse()
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
        raise Unclear(0, f"an answer of another form: {error!r}") from error


def market_of(answer: Any, symbol: str) -> Market:
    """The pair's rules: MEXC tells digits, and the least notional as `quoteAmountPrecision`."""
    told = next((each for each in answer["symbols"] if each["symbol"] == symbol), None)
    if told is None:
        raise Refused(0, f"the exchange does not list {symbol}")
    return Market(
        base=told["baseAsset"],
        quote=told["quoteAsset"],
        tick=Decimal(1).scaleb(-int(told["quotePrecision"])),
        step=Decimal(1).scaleb(-int(told["baseAssetPrecision"])),
        min_notional=Decimal(told["quoteAmountPrecision"]),
    )


def holdings_of(account: Any, coin: str, money: str) -> Holdings:
    """Balances of the pair; what is not listed is zero."""
    told = {each["asset"]: each for each in account["balances"]}
    nothing = {"free": "0", "locked": "0"}
    coin_free, coin_locked = _balance(told.get(coin, nothing))
    money_free, money_locked = _balance(told.get(money, nothing))
    return Holdings(coin_free + coin_locked, money_free + money_locked, coin_free, money_free)


def _balance(told: Any) -> tuple[Decimal, Decimal]:
    return Decimal(told["free"]), Decimal(told["locked"])


def order_of(told: Any) -> Order:
    """An order as `GET /api/v3/order` tells it."""
    return Order(
        order_id=str(told["orderId"]),
        client_id=str(told["clientOrderId"]),
        side=Side(told["side"]),
        status=Status(told["status"]),
        price=Decimal(told["price"]),
        quantity=Decimal(told["origQty"]),
        executed=Decimal(told["executedQty"]),
        executed_quote=Decimal(told["cummulativeQuoteQty"]),
    )
