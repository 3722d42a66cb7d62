"""MEXC's protobuf messages (websocket-proto), described here and built by the `protobuf` package.

A message is a table of its fields: the name, the number on the wire, and the type: `s` a text, `i`
an int32, `l` an int64, `b` a boolean, a message's name; `*` before it for a list, `?` where a field
may be left out although it has a value that means nothing.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from hypersim.api.sockets.socket import Binary

WRAPPER = "PushDataV3ApiWrapper"
"""Around every push. It has one body, by the name of its field."""

_TYPES = {
    "s": FieldDescriptorProto.TYPE_STRING,
    "i": FieldDescriptorProto.TYPE_INT32,
    "l": FieldDescriptorProto.TYPE_INT64,
    "b": FieldDescriptorProto.TYPE_BOOL,
}

_LEVEL = "s price, s quantity"
_DEAL = "s price, s quantity, i tradeType, l time"
_QUOTE = "s bidPrice, s bidQuantity, s askPrice, s askQuantity"

_MESSAGES = {
    "PublicAggreDealsV3ApiItem": _DEAL,
    "PublicAggreDealsV3Api": "*PublicAggreDealsV3ApiItem deals, s eventType",
    "PublicAggreDepthV3ApiItem": _LEVEL,
    "PublicAggreDepthsV3Api": "*PublicAggreDepthV3ApiItem asks, *PublicAggreDepthV3ApiItem bids,"
    " s eventType, s fromVersion, s toVersion",
    "PublicLimitDepthV3ApiItem": _LEVEL,
    "PublicLimitDepthsV3Api": "*PublicLimitDepthV3ApiItem asks, *PublicLimitDepthV3ApiItem bids,"
    " s eventType, s version",
    "PublicAggreBookTickerV3Api": _QUOTE,
    "PublicBookTickerV3Api": _QUOTE,
    "PublicBookTickerBatchV3Api": "*PublicBookTickerV3Api items",
    "PublicSpotKlineV3Api": "s interval, l windowStart, s openingPrice, s closingPrice,"
    " s highestPrice, s lowestPrice, s volume, s amount, l windowEnd",
    "PublicMiniTickerV3Api": "s symbol, s price, s rate, s zonedRate, s high, s low, s volume,"
    " s quantity, s lastCloseRate, s lastCloseZonedRate, s lastCloseHigh, s lastCloseLow",
    "PublicMiniTickersV3Api": "*PublicMiniTickerV3Api items",
    "PrivateAccountV3Api": "s vcoinName, s coinId, s balanceAmount, s balanceAmountChange,"
    " s frozenAmount, s frozenAmountChange, s type, l time",
    "PrivateDealsV3Api": "s price, s quantity, s amount, i tradeType, b isMaker, b isSelfTrade,"
    " s tradeId, s clientOrderId, s orderId, s feeAmount, s feeCurrency, l time",
    "PrivateOrdersV3Api": "s id, s clientId, s price, s quantity, s amount, s avgPrice,"
    " i orderType, i tradeType, b isMaker, s remainAmount, s remainQuantity, ?s lastDealQuantity,"
    " s cumulativeQuantity, s cumulativeAmount, i status, l createTime, ?s market, ?i triggerType,"
    " ?s triggerPrice, ?i state, ?s ocoId, ?s routeFactor, ?s symbolId, ?s marketId,"
    " ?s marketCurrencyId, ?s currencyId",
}
"""Fields are numbered from 1 on, as they stand."""

_HEAD = {1: "s channel", 3: "?s symbol", 4: "?s symbolId", 5: "?l createTime", 6: "?l sendTime"}

_BODIES = {
    303: "PublicLimitDepthsV3Api publicLimitDepths",
    304: "PrivateOrdersV3Api privateOrders",
    306: "PrivateDealsV3Api privateDeals",
    307: "PrivateAccountV3Api privateAccount",
    308: "PublicSpotKlineV3Api publicSpotKline",
    309: "PublicMiniTickerV3Api publicMiniTicker",
    310: "PublicMiniTickersV3Api publicMiniTickers",
    311: "PublicBookTickerBatchV3Api publicBookTickerBatch",
    313: "PublicAggreDepthsV3Api publicAggreDepths",
    314: "PublicAggreDealsV3Api publicAggreDeals",
    315: "PublicAggreBookTickerV3Api publicAggreBookTicker",
}


def frame(channel: str, symbol: str | None, time_ms: int, name: str, body: object) -> Binary:
    """A push: the body of that name, under a channel. Raises TypeError or ValueError for a body
    that is not what its message says."""
    head: dict[str, Any] = {"channel": channel, "sendTime": time_ms, name: body}
    if symbol is not None:
        head["symbol"] = symbol
    return Binary(_wrapper(**head).SerializeToString())


def read(written: bytes) -> Any:
    """The wrapper that was written."""
    return _wrapper.FromString(written)


def _describe(message: DescriptorProto, fields: Mapping[int, str], oneof: str = "") -> None:
    """Add fields to a message; all of one group of which one may be there, if that has a name."""
    if oneof:
        message.oneof_decl.add(name=oneof)
    for number, written in fields.items():
        kind, name = written.split()
        field = message.field.add(name=name, number=number)
        is_list, is_optional = kind[0] == "*", kind[0] == "?"
        kind = kind.lstrip("*?")
        repeated, one = FieldDescriptorProto.LABEL_REPEATED, FieldDescriptorProto.LABEL_OPTIONAL
        field.label = repeated if is_list else one
        if kind in _TYPES:
            field.type = _TYPES[kind]
        else:
            field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{kind}"
        if oneof:
            field.oneof_index = 0
        elif is_optional:
            field.proto3_optional = True


def _close_optional(message: DescriptorProto) -> None:
    """A field that may be left out is a group of its own, after all others."""
    for field in message.field:
        if field.proto3_optional:
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")


def _file() -> FileDescriptorProto:
    described = FileDescriptorProto(name="mexc_push.proto", syntax="proto3")
    for name, fields in _MESSAGES.items():
        _describe(message := described.message_type.add(name=name), _numbered(fields))
        _close_optional(message)
    wrapper = described.message_type.add(name=WRAPPER)
    _describe(wrapper, _BODIES, "body")
    _describe(wrapper, _HEAD)
    _close_optional(wrapper)
    return described


def _numbered(fields: str) -> dict[int, str]:
    return dict(enumerate((one.strip() for one in fields.split(",")), 1))


# A pool of its own: clients in the same process describe messages of the same names.
_pool = DescriptorPool()
_pool.Add(_file())
_wrapper: Any = GetMessageClass(_pool.FindMessageTypeByName(WRAPPER))
