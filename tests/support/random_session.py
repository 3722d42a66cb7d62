"""A session of commands such as users, administrators and feeds give, drawn from a seed."""

import random
from collections.abc import Iterator
from decimal import Decimal

from hypersim.account.user import FeeRates, KeyKind, Permission, Secret
from hypersim.market.events import TradePrinted
from hypersim.market.instrument import TradingStatus
from hypersim.trading.account_commands import (
    Deposit,
    EndWithdrawal,
    IssueKey,
    MoveToWallet,
    OpenAccount,
    RequestWithdrawal,
    RevokeKey,
    SetBalance,
    SetFeeDiscount,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.commands import (
    AmendOrder,
    CancelAllOrders,
    CancelOrder,
    CancelOrderList,
    Command,
    ListInstrument,
    PassTime,
    PlaceOrder,
    PlaceOrderList,
    ReplaceOrder,
    SetTradingStatus,
)
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import (
    OrderType,
    Peg,
    PegBasis,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind
from tests.support.builders import START_MS, SYMBOL, instrument, moved, quote

ACCOUNTS = (1, 2, 3)


def opening() -> Iterator[Command]:
    """Three markets, and three users with keys and money; two have something to pay fees with."""
    fees = {"maker_fee_rate": Decimal("0.001"), "taker_fee_rate": Decimal("0.0015")}
    yield ListInstrument(instrument(algo_orders_max=20, **fees))
    yield ListInstrument(instrument(symbol="ETH/USDT", base="ETH"))
    yield ListInstrument(instrument(symbol="BNB/USDT", base="BNB"))
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
    yield Deposit(1, "BNB", Decimal(50))
    yield Deposit(2, "BNB", Decimal("0.003"))
    yield moved(TradePrinted("BNB/USDT", START_MS, Decimal(20), Decimal(1), False))
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
    if roll < 0.36:
        return _order(dice, account_id, number, now_ms)
    if roll < 0.40:
        return _pegged(dice, account_id, number)
    if roll < 0.50:
        return _conditional(dice, account_id, number)
    if roll < 0.58:
        return _list(dice, account_id, number)
    if roll < 0.65:
        return _cancel(exchange, dice, account_id, open_ids)
    if roll < 0.73:
        price = Decimal(dice.randint(90, 110)) if dice.random() < 0.3 else None
        quantity = Decimal(dice.randint(1, 20)) / 10
        name = f"new-{number}" if dice.random() < 0.3 else None
        return AmendOrder(account_id, dice.choice(open_ids), quantity, price, name)
    if roll < 0.83:
        middle = dice.randint(92, 108)
        return quote(str(middle - 1), str(middle + 1), str(dice.randint(1, 5)))
    if roll < 0.92:
        price = Decimal(dice.randint(92, 108))
        return moved(TradePrinted(SYMBOL, now_ms, price, Decimal(1), dice.random() < 0.5))
    return _rare(dice, account_id, number)


def _pegged(dice: random.Random, account_id: int, number: int) -> PlaceOrder:
    waits = dice.random() < 0.4
    return PlaceOrder(
        account_id,
        SYMBOL,
        dice.choice(list(Side)),
        OrderType.LIMIT,
        quantity=Decimal(dice.randint(1, 30)) / 10,
        client_order_id=f"peg-{number}",
        self_trade_prevention=dice.choice(list(SelfTradePrevention)),
        is_retry_safe=False,
        trigger=dice.choice(list(Trigger)) if waits else None,
        trigger_price=Decimal(dice.randint(94, 106)) if waits else None,
        peg=Peg(
            dice.choice(list(PegBasis)),
            dice.choice((0, 0, 1)),
            Decimal(dice.randint(94, 106)) if dice.random() < 0.5 else None,
        ),
    )


def _conditional(dice: random.Random, account_id: int, number: int) -> PlaceOrder:
    trigger, side = dice.choice(list(Trigger)), dice.choice(list(Side))
    is_limit, is_trailing = dice.random() < 0.6, dice.random() < 0.4
    last = 100 + dice.randint(1, 6) * (1 if trigger.rises(side) else -1)
    return PlaceOrder(
        account_id,
        SYMBOL,
        side,
        OrderType.LIMIT if is_limit else OrderType.MARKET,
        quantity=Decimal(dice.randint(1, 30)) / 10,
        price=Decimal(dice.randint(94, 106)) if is_limit else None,
        time_in_force=dice.choice((TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK))
        if is_limit
        else TimeInForce.GTC,
        client_order_id=f"stop-{number}",
        self_trade_prevention=dice.choice(list(SelfTradePrevention)),
        is_retry_safe=False,
        trigger=trigger,
        trigger_price=Decimal(last) if not is_trailing or dice.random() < 0.5 else None,
        trailing_delta=dice.choice((100, 250, 400)) if is_trailing else None,
        strategy_id=number,
        strategy_type=1_000_000,
    )


def _list(dice: random.Random, account_id: int, number: int) -> PlaceOrderList:
    kind = dice.choice(list(ListKind))
    side = Side.SELL if kind.pays else dice.choice(list(Side))
    quantity = Decimal(0) if kind.pays else Decimal(dice.randint(1, 20)) / 10
    sign = 1 if side is Side.SELL else -1
    profit = limit_order(
        account_id, side, quantity, 100 + sign * dice.randint(2, 7), post_only=True
    )
    stop = PlaceOrder(
        account_id,
        SYMBOL,
        side,
        OrderType.MARKET,
        quantity,
        is_retry_safe=False,
        trigger=Trigger.STOP_LOSS,
        trigger_price=Decimal(100 - sign * dice.randint(2, 7)),
    )
    waiting = (
        (profit, stop) if kind.size == 3 or kind.is_pair_only else (dice.choice((profit, stop)),)
    )
    name = f"list-{number}"
    if kind.is_pair_only:
        return PlaceOrderList(account_id, SYMBOL, kind, waiting, name)
    bought = Side.BUY if kind.pays else dice.choice(list(Side))
    price = 100 + dice.randint(-3, 3)
    working = limit_order(account_id, bought, Decimal(dice.randint(1, 20)) / 10, price)
    return PlaceOrderList(account_id, SYMBOL, kind, (working, *waiting), name)


def limit_order(
    account_id: int, side: Side, quantity: Decimal, price: int, *, post_only: bool = False
) -> PlaceOrder:
    """A limit order that is not retried."""
    return PlaceOrder(
        account_id,
        SYMBOL,
        side,
        OrderType.LIMIT,
        quantity,
        price=Decimal(price),
        post_only=post_only,
        is_retry_safe=False,
    )


def _cancel(
    exchange: Exchange, dice: random.Random, account_id: int, open_ids: list[int]
) -> Command:
    lists = [one.id for one in exchange.state.lists.values() if one.account_id == account_id]
    cancel = CancelOrder(account_id, dice.choice(open_ids))
    roll = dice.random()
    if roll < 0.3 and lists:
        return CancelOrderList(account_id, dice.choice(lists))
    if roll < 0.6:
        price = dice.randint(94, 106)
        place = limit_order(account_id, dice.choice(list(Side)), Decimal(1), price)
        return ReplaceOrder(cancel, place, continues_on_failure=dice.random() < 0.5)
    return cancel


def _order(dice: random.Random, account_id: int, number: int, now_ms: int) -> PlaceOrder:
    is_market = dice.random() < 0.25
    by_cost = is_market and dice.random() < 0.4
    time_in_force = TimeInForce.GTC if is_market else dice.choice(list(TimeInForce))
    is_dated = time_in_force is TimeInForce.GTD
    patient = time_in_force in (TimeInForce.GTC, TimeInForce.GTD) and not is_market
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
        iceberg_quantity=Decimal("0.5") if patient and dice.random() < 0.2 else None,
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
            MoveToWallet(account_id, "USDT", amount, dice.random() < 0.6),
            RequestWithdrawal(account_id, "USDT", amount + 1, amount, "TRX", f"to-{number}"),
            EndWithdrawal(dice.randint(1, 5), dice.random() < 0.5),
            SetFeeDiscount(account_id, dice.random() < 0.7),
            SetBalance(account_id, "USDT", Decimal(dice.choice((15_000, 150)))),
            RevokeKey(f"key-{account_id}"),
            IssueKey(account_id, f"more-{number}", Secret(str(number))),
            SetTradingStatus("ETH/USDT", status),
            ListInstrument(instrument(symbol=f"C{number}/USDT", base=f"C{number}")),
        )
    )
