"""What a client of `/v1/ws` can listen to, and what it says to do so."""

from enum import StrEnum
from typing import NamedTuple, TypeVar

import msgspec

from hypersim.api.plain_json import encode
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.dialects.native.params import LIMIT_MAX, interval_of, known_symbol
from hypersim.market.candle import Interval
from hypersim.service.view import View

RequestId = int | str | None


class Channel(StrEnum):
    """A kind of news."""

    TICKER = "ticker"
    TRADES = "trades"
    DEPTH = "depth"
    CANDLES = "candles"
    ORDERS = "orders"
    FILLS = "fills"
    BALANCES = "balances"

    @property
    def is_private(self) -> bool:
        """Only for the account that it is about."""
        return self in (Channel.ORDERS, Channel.FILLS, Channel.BALANCES)


class Topic(NamedTuple):
    """One stream of news. `symbol` None means all symbols; `limit` is set for a cut book,
    `interval` for candles."""

    channel: Channel
    symbol: str | None = None
    limit: int | None = None
    interval: Interval | None = None


def push_of(topic: Topic, data: object) -> bytes:
    """The frame that tells news of a topic: a body of the REST API under the topic's name."""
    named = {name: value for name, value in topic._asdict().items() if value is not None}
    return encode({**named, "data": data})


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    """What `subscribe` and `unsubscribe` name. One symbol, several, or none for all of them;
    `limit` goes with depth, `interval` with candles."""

    channel: Channel
    id: RequestId = None
    symbol: str | None = None
    symbols: list[str] | None = None
    limit: int | None = None
    interval: str | None = None


class Subscribe(Wanted, frozen=True, tag="subscribe"):
    """Listen from now on."""


class Unsubscribe(Wanted, frozen=True, tag="unsubscribe"):
    """Listen no more."""


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="login"):
    """Sign for the private channels, with the payload timestamp + "GET" + "/v1/ws"."""

    apiKey: str  # noqa: N815 - named as in the headers of section 4.4
    timestamp: int | str
    signature: str
    id: RequestId = None


class Ping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="ping"):
    """Is anybody there?"""

    id: RequestId = None


StreamRequest = Subscribe | Unsubscribe | Login | Ping


class OnlyId(msgspec.Struct):
    """What is left of a request that makes no sense."""

    id: RequestId = None


T = TypeVar("T")

_requests: msgspec.json.Decoder[StreamRequest] = msgspec.json.Decoder(StreamRequest)
_ids = msgspec.json.Decoder(OnlyId)


def decode_request(frame: str) -> StreamRequest:
    """The request. Raises `ApiError` that says what is wrong."""
    try:
        return _requests.decode(frame)
    except msgspec.DecodeError as error:
        raise invalid(f"Invalid message: {error}") from None
    except (UnicodeError, RecursionError):
        raise invalid("The message is not valid JSON in UTF-8") from None


def id_of(frame: str) -> RequestId:
    """The id under which an error is answered, where there is one."""
    try:
        return _ids.decode(frame).id
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def topics_of(view: View, wanted: Wanted) -> list[Topic]:
    """The topics that a request names. Raises `ApiError`."""
    limit, interval = _limit(wanted), _interval(wanted)
    return [Topic(wanted.channel, symbol, limit, interval) for symbol in _symbols(view, wanted)]


def _symbols(view: View, wanted: Wanted) -> list[str] | list[None]:
    channel = wanted.channel
    if wanted.symbol is not None and wanted.symbols is not None:
        raise invalid("Give symbol or symbols, not both")
    names = wanted.symbols if wanted.symbol is None else [wanted.symbol]
    if names is None:
        if channel in (Channel.TRADES, Channel.DEPTH, Channel.CANDLES):
            raise ApiError(ErrorCode.INVALID_SYMBOL, f"{channel} needs a symbol, or symbols")
        return [None]
    if channel is Channel.BALANCES:
        raise invalid("balances takes no symbol")
    if not names:
        raise invalid("symbols must name at least one")
    return [known_symbol(view, name) for name in dict.fromkeys(names)]


def _limit(wanted: Wanted) -> int | None:
    if wanted.limit is None:
        return None
    if wanted.channel is not Channel.DEPTH:
        raise invalid("limit goes with depth only")
    if not 1 <= wanted.limit <= LIMIT_MAX:
        raise invalid(f"limit must be a whole number from 1 to {LIMIT_MAX}")
    return wanted.limit


def _interval(wanted: Wanted) -> Interval | None:
    if wanted.channel is Channel.CANDLES:
        return interval_of(wanted.interval or Interval.M1)
    if wanted.interval is not None:
        raise invalid("interval goes with candles only")
    return None
