"""Nothing is acknowledged that the tables, or the journal's bytes, would refuse later: a session in
which every command says something hostile in one of its texts and numbers."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from types import UnionType
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.structs import replace

from hypersim.account.user import FeeRates, Secret
from hypersim.storage.connection import ConnectionSettings
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import (
    Deposit,
    IssueKey,
    OpenAccount,
    RequestWithdrawal,
    SetBalance,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.commands import (
    AmendOrder,
    ApplyMarketEvent,
    CancelOrder,
    Command,
    PlaceOrder,
    PlaceOrderList,
    ReplaceOrder,
)
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import OrderType, Side
from hypersim.trading.recordable import check_recordable
from hypersim.trading.rules import Matching, Rules
from tests.support.builders import ALICE, SYMBOL
from tests.support.ledger_check import problems_of
from tests.support.random_session import commands, opening
from tests.support.recorded_exchange import RecordedExchange, loaded, picture, recorded

RULES = Rules(fills.load("depth"), fees.load("received"), Matching.SHARED)
COUNT = 1_500
ROWS_EVERY = 25
DEADLINE_S = 12.0

TEXTS = (
    *("a\0b", "\0", "\ud800", "x\udfffy", "\ud83d\ude00"),
    *("", " ", "two words", "mit \xd6, \x1f and \x1e", "1,2", "None", "\\x00", "{}", "'", "\n"),
    *("\N{PILE OF POO}" * 40, "\u0130@Example.COM", "x" * 255, "x" * 2_000, "x" * 2_001),
)
NUMBERS = (
    *(Decimal(10) ** 19, Decimal("99999999999999999999.999999999999999999"), Decimal(10) ** 20),
    *(Decimal(10) ** 30, Decimal("Infinity"), Decimal("1E-18"), Decimal("1E-19")),
    *(Decimal("0.1234567890123456789"), Decimal("0.1" + 30 * "0"), Decimal("1E+2")),
)
INTEGERS = (0, -1, 2**31, 2**63 - 1, 2**63, 10**30, 253_402_300_799_999, 253_402_300_800_000)
HOSTILE: dict[type, tuple[Any, ...]] = {
    str: TEXTS,
    Decimal: NUMBERS,
    int: INTEGERS,
    Secret: tuple(map(Secret, TEXTS)),
}
SPOILED = (
    *(PlaceOrder, PlaceOrderList, AmendOrder, CancelOrder, ReplaceOrder),
    *(Deposit, Withdraw, SetBalance, RequestWithdrawal, OpenAccount, IssueKey, SetFeeRates),
)


def drawn(exchange: Exchange, dice: random.Random, now_ms: int) -> Iterator[Command]:
    """Commands of every kind that brings something along, and each with something hostile."""
    usual = commands(exchange, 7, COUNT, now_ms)
    for number, command in enumerate(usual):
        rare = _rare(number, f"{number}-{dice.choice(TEXTS)}")
        for one in (command, dice.choice(rare)):
            spoiled = _spoiled(one, dice)
            if spoiled is not None:
                yield spoiled


def _rare(number: int, text: str) -> tuple[Command, ...]:
    some = Decimal(1)
    order = PlaceOrder(
        ALICE, SYMBOL, Side.SELL, OrderType.MARKET, None, Decimal(20), client_order_id=text
    )
    return (
        IssueKey(ALICE, text, Secret(text), text, allowed_ips=(text,)),
        OpenAccount(f"{text}@example.com", Secret(text)),
        SetBalance(ALICE, f"A{number % 9}", some, text),
        Withdraw(ALICE, "USDT", some, text),
        RequestWithdrawal(ALICE, "USDT", some, Decimal("0.1"), text, text, text, text),
        order,
        SetFeeRates(ALICE, FeeRates(some / 1_000, some / 500)),
    )


def _spoiled(command: Command, dice: random.Random) -> Command | None:
    """With something hostile in one place; None where a command cannot be so at all."""
    places = list(_places(command))
    if not places or isinstance(command, ApplyMarketEvent):
        # The market is a feed's, which `is_sound` looks after.
        return command
    try:
        spoiled: Command = dice.choice(places)(dice)
    except ValueError:
        return None
    match spoiled:
        case RequestWithdrawal(amount=amount, fee=fee) if fee >= amount:
            return None
        case _:
            return spoiled


def _places(value: Any) -> Iterator[Callable[[random.Random], Any]]:
    """What changes one text or number in it, or in one of its parts."""
    for name, hint in get_type_hints(type(value)).items():
        for kind in get_args(hint) if isinstance(hint, UnionType) else (hint,):
            if kind in HOSTILE and name not in ("account_id", "fee_model"):
                yield partial(_with_hostile, value, name, kind)
        now = getattr(value, name)
        for place, part in enumerate(now if isinstance(now, tuple) else (now,)):
            for spoil in _places(part) if isinstance(part, msgspec.Struct) else ():
                yield partial(_with_part, value, name, place, spoil)


def _with_hostile(value: Any, name: str, kind: type, dice: random.Random) -> Any:
    return replace(value, **{name: dice.choice(HOSTILE[kind])})


def _with_part(
    value: Any, name: str, place: int, spoil: Callable[[random.Random], Any], dice: random.Random
) -> Any:
    now, part = getattr(value, name), spoil(dice)
    is_one = not isinstance(now, tuple)
    return replace(value, **{name: part if is_one else (*now[:place], part, *now[place + 1 :])})


async def play(live: RecordedExchange) -> tuple[Counter[type], Counter[type]]:
    """How many commands of each kind were refused as not recordable, and how many did something."""
    refused: Counter[type] = Counter()
    done: Counter[type] = Counter()
    for number, command in enumerate(drawn(live.exchange, random.Random(7), live.now_ms)):
        live.now_ms += 3
        seq = live.exchange.state.counters.seq
        live.run(command)
        refused[type(command)] += check_recordable(command) is not None
        done[type(command)] += live.exchange.state.counters.seq > seq
        if number % ROWS_EVERY == 0:
            await live.recorded()
    return refused, done


async def test_what_is_acknowledged_is_never_refused_by_the_tables(
    database: ConnectionSettings,
) -> None:
    async with asyncio.timeout(DEADLINE_S), recorded(database, RULES) as live:
        await live.commit(*opening())
        refused, done = await play(live)
        await live.settled()
        assert await problems_of(database) == []
        found = picture(*await loaded(database, RULES))
        for part, value in picture(live.exchange, live.view).items():
            assert found[part] == value, part
    for kind in SPOILED:
        assert refused[kind], f"no {kind.__name__} was refused"
        assert done[kind], f"no {kind.__name__} was carried out"
