"""An exchange that takes fees in the quote, and what its accounts have."""

from decimal import Decimal

from hypersim.trading.commands import (
    Command,
)
from hypersim.trading.events import Event, OrderFilled
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import (
    Fill,
)
from tests.support.builders import (
    ALICE,
    depth,
    done,
    instrument,
)
from tests.support.builders import exchange as new_exchange
from tests.support.invariants import check_money

RATES = {"maker_fee_rate": Decimal("0.01"), "taker_fee_rate": Decimal("0.02")}


MARKET = instrument(**RATES)


def exchange(usdt: str, btc: str = "0", **options: object) -> Exchange:
    """Maker 1 %, taker 2 %; the market stands at 99 and 101, with much to trade."""
    money = {asset: amount for asset, amount in (("USDT", usdt), ("BTC", btc)) if amount != "0"}
    made = new_exchange(fees="quote", money=money, market=MARKET, **options)  # type: ignore[arg-type]
    done(made, depth((("99", "50"), ("98", "50")), (("101", "1"), ("102", "50"))))
    return made


def do(target: Exchange, command: Command) -> list[Event]:
    events = done(target, command)
    check_money(target.state, has_reserves=True)
    return events


def fills_of(happened: list[Event]) -> list[Fill]:
    return [event.fill for event in happened if isinstance(event, OrderFilled)]


def fees_of(happened: list[Event]) -> list[tuple[Decimal, str]]:
    return [(fill.fee, fill.fee_asset) for fill in fills_of(happened)]


def free(target: Exchange, asset: str, account_id: int = ALICE) -> Decimal:
    return target.state.ledger.available(account_id, asset)


def held(target: Exchange, asset: str = "USDT", account_id: int = ALICE) -> Decimal:
    return target.state.ledger.locked(account_id, asset)


def money(target: Exchange, *more: str) -> list[Decimal]:
    """What Alice has: USDT that is held, USDT that is free, and what is free of more."""
    return [held(target), free(target, "USDT"), *(free(target, asset) for asset in more)]


def figures(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]
