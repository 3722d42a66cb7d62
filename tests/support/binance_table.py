"""What each operation of the Binance dialect reads, found by asking it: which parameters, and the
least request that it does not refuse for want of one."""

import re
from collections.abc import Iterator, Set

from hypersim.account.user import ApiKey
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.venue import Operation, Venue, perform
from tests.support.binance_calls import call_of

GOOD = {
    "symbol": "BTCUSDT",
    "interval": "1m",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "40000",
    "windowSize": "1h",
    "cancelReplaceMode": "ALLOW_FAILURE",
    "newQty": "0.001",
    "startTime": "1700000000000",
    "endTime": "1700000001000",
    "coin": "BTC",
    "asset": "BTC",
    "amount": "0.1",
    "address": "somewhere",
    "fromAsset": "BTC",
    "toAsset": "USDT",
    "working": "LIMIT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingPrice": "40000",
    "workingQuantity": "0.01",
    "workingTimeInForce": "GTC",
    "pendingType": "LIMIT",
    "pendingSide": "SELL",
    "pendingPrice": "60000",
    "pendingQuantity": "0.01",
    "pendingTimeInForce": "GTC",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "60000",
    "pendingBelowType": "STOP_LOSS",
    "pendingBelowStopPrice": "30000",
    "aboveType": "STOP_LOSS",
    "aboveStopPrice": "60000",
    "belowType": "LIMIT_MAKER",
    "belowPrice": "40000",
    "stopPrice": "60000",
    "symbols": '["BTCUSDT"]',
}
"""A value that can be meant, by parameter; of others, an id."""

WORDS = {
    "interval": ("1s", "1w", "1M"),
    "windowSize": ("59m", "7d"),
    "timeZone": ("5:45", "-12:00"),
    "type": ("MARKET", "STOP_LOSS", "TAKE_PROFIT_LIMIT"),
    "side": ("SELL",),
    "cancelReplaceMode": ("STOP_ON_FAILURE",),
}
"""Other words that change what the rest means."""

SECURITY_NAMES = frozenset(("timestamp", "recvWindow", "signature", "apiKey", "returnRateLimits"))
_MANDATORY = re.compile(
    r"(?:Mandatory parameter|Param|Parameter) '(\w+)'.*(?:not sent|must be sent)"
)


class NotingParams(Params):
    """Notes every name that is asked for."""

    __slots__ = ("asked",)

    def __init__(self, values: dict[str, str]) -> None:
        self.asked: set[str] = set()
        super().__init__(_Noting(values, self.asked))

    def has_any(self, names: Set[str]) -> bool:
        """See `Params`."""
        self.asked |= names
        return super().has_any(names)


class _Noting(dict[str, str]):
    def __init__(self, values: dict[str, str], asked: set[str]) -> None:
        super().__init__(values)
        self._asked = asked

    def pop(self, name: str, *default: object) -> object:  # type: ignore[override]
        self._asked.add(name)
        return super().pop(name, *default)

    def get(self, name: str, *default: object) -> object:  # type: ignore[override]
        self._asked.add(name)
        return super().get(name, *default)

    def __contains__(self, name: object) -> bool:
        self._asked.add(str(name))
        return super().__contains__(name)


def variants(least: dict[str, str], names: Set[str]) -> Iterator[dict[str, str]]:
    """The least request, and the same with each other word in it."""
    yield least
    for name in sorted(names & WORDS.keys()):
        for word in WORDS[name]:
            yield {**least, name: word}


def value_of(name: str) -> str:
    """Something that can be meant."""
    return GOOD.get(name, "1")


async def probe(
    venue: Venue, operation: Operation, key: ApiKey, session: Session | None
) -> tuple[dict[str, str], set[str]]:
    """(the least request, every parameter that is read)"""
    values: dict[str, str] = {}
    names: set[str] = set()
    for _ in range(len(GOOD)):
        asked, missing = await _ask(venue, operation, key, session, values)
        names |= asked
        if missing is None or missing in values:
            break
        values[missing] = value_of(missing)
    for name in sorted(names - values.keys()):
        asked, _ = await _ask(venue, operation, key, session, {**values, name: value_of(name)})
        names |= asked
    return values, names


async def _ask(
    venue: Venue,
    operation: Operation,
    key: ApiKey,
    session: Session | None,
    values: dict[str, str],
) -> tuple[set[str], str | None]:
    params = NotingParams(dict(values))
    operation.weight_of(params)
    try:
        await perform(operation, call_of(venue, params, key, session))
    except BinanceError as error:
        found = _MANDATORY.search(error.msg)
        return params.asked, found[1] if found and error.code == -1102 else None
    return params.asked, None
