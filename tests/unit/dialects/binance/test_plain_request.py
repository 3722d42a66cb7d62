"""A plain order is read by the short way as by the long one, and whatever is wrong, unknown or
missing is left to the long one untouched."""

import random
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.orders.answers import read_detail
from hypersim.dialects.binance.orders.plain_request import read_new_order, read_plain
from hypersim.dialects.binance.orders.request import read_order
from hypersim.dialects.binance.params.reading import Params
from hypersim.market.instrument import Instrument
from hypersim.trading.commands import PlaceOrder
from tests.support.builders import ALICE, instrument

DRAWN = 5_000
MARKET = instrument()
Read = Callable[[Params, int, Instrument], PlaceOrder]
USUAL = {
    "LIMIT": {"timeInForce": "GTC", "quantity": "1.5", "price": "100"},
    "MARKET": {"quantity": "1.50000000"},
    "LIMIT_MAKER": {"quantity": "2", "price": "0.10"},
}
VALUES = {
    "side": ("BUY", "SELL", "buy", "", "HOLD"),
    "type": (*USUAL, "STOP_LOSS", "limit", ""),
    "timeInForce": ("GTC", "IOC", "FOK", "GTD", "gtc", ""),
    "quantity": ("1", "0.1", "000.10", "0", "0.00", "-1", "1e3", "", "1.123456789", "9" * 21, "٣"),
    "price": ("100", "99.50", "0", "", "+1", "1.", ".5", "NaN", "0.000000001", "9" * 20),
    "newClientOrderId": ("mine", "a-b_C1", "", "x" * 36, "x" * 37, "mit Ö", "a\n"),
    "newOrderRespType": ("ACK", "RESULT", "FULL", "full", ""),
    "quoteOrderQty": ("10", "0", "x"),
    "selfTradePreventionMode": ("NONE", "EXPIRE_BOTH", "x"),
    "stopPrice": ("90", "x"),
    "icebergQty": ("0", "1"),
    "strategyId": ("1",),
    "pegPriceType": ("PRIMARY_PEG",),
    "unknown": ("1",),
}
"""Right and wrong, by parameter."""


def drawn() -> Iterator[dict[str, str]]:
    """Half of them are right and plain; the others have up to two things changed."""
    dice = random.Random(5)
    for _ in range(DRAWN):
        kind = dice.choice(list(USUAL))
        sent = {"side": dice.choice(("BUY", "SELL")), "type": kind, **USUAL[kind]}
        if dice.random() < 0.3:
            sent["newClientOrderId"] = "mine"
        if dice.random() < 0.3:
            sent["newOrderRespType"] = "FULL"
        for _ in range(dice.choice((0, 0, 1, 2))):
            name = dice.choice(list(VALUES))
            if dice.random() < 0.2:
                sent.pop(name, None)
            else:
                sent[name] = dice.choice(VALUES[name])
        pairs = list(sent.items())
        dice.shuffle(pairs)
        yield dict(pairs)


def test_an_order_is_read_alike_by_the_short_way_and_by_the_long_one() -> None:
    short, long, refused = 0, 0, 0
    for sent in drawn():
        is_short = read_plain(Params(dict(sent)), ALICE, MARKET) is not None
        found = outcome(sent, read_new_order)
        assert found == outcome(sent, read_order), sent
        short += is_short
        long += not is_short and not isinstance(found, tuple)
        refused += isinstance(found, tuple)
    assert short >= DRAWN / 2
    assert min(long, refused) >= 100


def test_what_the_short_way_does_not_take_it_leaves_as_it_was() -> None:
    for sent in drawn():
        params = Params(dict(sent))
        if read_plain(params, ALICE, MARKET) is None:
            assert params.unread(frozenset(sent)) == sent


def outcome(sent: dict[str, str], read: Read) -> str | tuple[int, int, object]:
    """The order, with its name if the request gave it one, and its detail; or what is wrong."""
    params = Params(dict(sent))
    try:
        command = read(params, ALICE, MARKET)
        detail = read_detail(params)
        params.done()
    except BinanceError as error:
        return error.status, error.code, error.body()
    named = command if "newClientOrderId" in sent else replace(command, client_order_id="drawn")
    return f"{named} {detail}"
