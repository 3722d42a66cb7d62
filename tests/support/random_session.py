"""A session of commands such as users, administrators and feeds give, drawn from a seed."""

import random
from collections.abc import Iterator
from decimal import Decimal

from hypersim.account.user import FeeRates, KeyKind, Permission, Secret
from hypersim.market.instrument import TradingStatus
from hypersim.trading.commands import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    Command,
    Deposit,
    IssueKey,
    ListInstrument,
    OpenAccount,
    PassTime,
    PlaceOrder,
    RevokeKey,
    SetBalance,
    SetFeeRates,
    SetTradingStatus,
    Withdraw,
)
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import OrderType, SelfTradePrevention, Side, TimeInForce
from tests.support.builders import SYMBOL, instrument, quote

ACCOUNTS = (1, 2, 3)


def opening() -> Iterator[Command]:
    """Two markets, and three users with keys and money."""
    fees = {"maker_fee_rate": Decimal("0.001"), "taker_fee_rate": Decimal("0.0015")}
    yield ListInstrument(instrument(**fees))
    yield ListInstrument(instrument(symbol="ETH/USDT", base="ETH"))
    for number in ACCOUNTS:
        yield OpenAccount(f"{number}@example.com", Secret("hash") if number == 1 else None)
        yield Deposit(number, "USDT", Decimal(20_000), "welcome")
        yield Deposit(number, "BTC", Decimal("150.123456789012345678"))
        yield IssueKey(number, f"key-{number}", Secret(f"secret-{number}"))
    yield IssueKey(
        1,
        "public",
        Secret("PEM"),
        "my label",
        KeyKind.ED25519,
        Secret("phrase"),
        frozenset({Permission.READ}),
        ("10.0.0.0/8", "::1"),
    )
    yield SetFeeRates(2, FeeRates(Decimal(0), Decimal("0.0004")))
    yield quote("99", "101")


def commands(exchange: Exchange, seed: int, count: int, now_ms: int) -> Iterator[Command]:
    """Drawn one by one, as they depend on which orders are open."""
    dice = random.Random(seed)
    for number in range(count):
        yield _command(exchange, dice, number, now_ms)


def _command(exchange: Exchange, dice: random.Random, number: int, now_ms: int) -> Command:
    account_id = dice.choice(ACCOUNTS)
    open_ids = list(exchange.state.open_orders(account_id)) or [number]
    roll = dice.random()
    if roll < 0.55:
        return _order(dice, account_id, number, now_ms)
    if roll < 0.65:
        return CancelOrder(account_id, dice.choice(open_ids))
    if roll < 0.75:
        price = Decimal(dice.randint(90, 110)) if dice.random() < 0.5 else None
        quantity = Decimal(dice.randint(1, 40)) / 10
        return AmendOrder(account_id, dice.choice(open_ids), quantity, price)
    if roll < 0.92:
        middle = dice.randint(92, 108)
        return quote(str(middle - 1), str(middle + 1), str(dice.randint(1, 5)))
    return _rare(dice, account_id, number)


def _order(dice: random.Random, account_id: int, number: int, now_ms: int) -> PlaceOrder:
    is_market = dice.random() < 0.25
    by_cost = is_market and dice.random() < 0.4
    time_in_force = TimeInForce.GTC if is_market else dice.choice(list(TimeInForce))
    is_dated = time_in_force is TimeInForce.GTD
    return PlaceOrder(
        account_id,
        dice.choice((SYMBOL, "BTCUSDT")),
        dice.choice(list(Side)),
        OrderType.MARKET if is_market else OrderType.LIMIT,
        quantity=None if by_cost else Decimal(dice.randint(1, 30)) / 10,
        quote_quantity=Decimal(dice.randint(10, 400)) if by_cost else None,
        price=None if is_market else Decimal(dice.randint(80, 120)),
        time_in_force=time_in_force,
        post_only=time_in_force is TimeInForce.GTC and not is_market and dice.random() < 0.2,
        client_order_id=dice.choice((None, f"c-{number}", f"again-{number % 7}", "mit Ö, \x1f")),
        expires_ms=now_ms + dice.randint(1, 3_000) if is_dated else None,
        self_trade_prevention=dice.choice(list(SelfTradePrevention)),
        is_retry_safe=dice.random() < 0.5,
    )


def _rare(dice: random.Random, account_id: int, number: int) -> Command:
    amount = Decimal(dice.randint(1, 10**9)) / 10**8
    status = dice.choice((TradingStatus.HALTED, TradingStatus.TRADING, TradingStatus.TRADING))
    return dice.choice(
        (
            PassTime(),
            CancelAllOrders(account_id, "ETH/USDT"),
            Deposit(account_id, "ETH", amount, "from \x1e abroad,\nlate"),
            Withdraw(account_id, "BTC", amount),
            SetBalance(account_id, "USDT", Decimal(15_000)),
            RevokeKey(f"key-{account_id}"),
            IssueKey(account_id, f"more-{number}", Secret(str(number))),
            SetTradingStatus("ETH/USDT", status),
            ListInstrument(instrument(symbol=f"C{number}/USDT", base=f"C{number}")),
        )
    )
