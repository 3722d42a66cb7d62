"""What the OpenAPI document says of each endpoint, beyond its path and summary.

Handlers parse strictly by themselves, so the parameters, bodies and answers are declared here.
"""

from collections.abc import Iterable

from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)

from hypersim.dialects.native.parsing import CLIENT_ORDER_ID_LENGTH_MAX, LIMIT_MAX, TIME_MS_MAX
from hypersim.market.candle import Interval
from hypersim.trading.order import OrderType, Side, TimeInForce

_TEXT = Schema(type=OpenAPIType.STRING)
OBJECT = Schema(type=OpenAPIType.OBJECT)
LIST = Schema(type=OpenAPIType.ARRAY, items=OBJECT)
ROWS = Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.ARRAY))
_TIME = Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=TIME_MS_MAX)
_LIMIT = Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=LIMIT_MAX)
_AMOUNT = Schema(
    type=OpenAPIType.STRING,
    pattern=r"^[0-9]{1,20}(\.[0-9]{1,18})?$",
    description="A plain decimal number above zero; a JSON number is taken too",
)

_QUERY: dict[str, tuple[Schema, str]] = {
    "symbol": (_TEXT, "BTC/USDT, BTC-USDT or BTCUSDT"),
    "symbols": (_TEXT, "Symbols, separated by commas"),
    "currency": (_TEXT, "An asset, such as USDT"),
    "orderId": (_TEXT, "Only the trades of this order"),
    "since": (_TIME, "From this time (ms) on, inclusive: the first rows; else the latest"),
    "until": (_TIME, "Up to this time (ms), inclusive"),
    "limit": (_LIMIT, "How many rows at most"),
    "interval": (
        Schema(
            type=OpenAPIType.STRING,
            enum=[interval.value for interval in Interval if interval is not Interval.S1],
        ),
        "Length of a candle; 1m unless given",
    ),
}

ORDER_BODY = Schema(
    type=OpenAPIType.OBJECT,
    required=["symbol", "side", "type"],
    additional_properties=False,
    properties={
        "symbol": _TEXT,
        "side": Schema(type=OpenAPIType.STRING, enum=[side.value for side in Side]),
        "type": Schema(type=OpenAPIType.STRING, enum=[kind.value for kind in OrderType]),
        "amount": _AMOUNT,
        "price": _AMOUNT,
        "cost": _AMOUNT,
        "timeInForce": Schema(type=OpenAPIType.STRING, enum=[force.value for force in TimeInForce]),
        "postOnly": Schema(type=OpenAPIType.BOOLEAN),
        "clientOrderId": Schema(
            type=OpenAPIType.STRING, min_length=1, max_length=CLIENT_ORDER_ID_LENGTH_MAX
        ),
        "expiresAt": _TIME,
    },
)

AMEND_BODY = Schema(
    type=OpenAPIType.OBJECT,
    additional_properties=False,
    properties={"amount": _AMOUNT, "price": _AMOUNT},
)

LOGIN_BODY = Schema(
    type=OpenAPIType.OBJECT,
    required=["email", "password"],
    additional_properties=False,
    properties={"email": _TEXT, "password": _TEXT},
)

KEY_BODY = Schema(
    type=OpenAPIType.OBJECT,
    additional_properties=False,
    properties={
        "label": _TEXT,
        "permissions": Schema(
            type=OpenAPIType.ARRAY,
            items=Schema(type=OpenAPIType.STRING, enum=["read", "trade"]),
        ),
        "allowedIps": Schema(type=OpenAPIType.ARRAY, items=_TEXT),
    },
)

_ERROR = Schema(
    type=OpenAPIType.OBJECT,
    required=["error"],
    properties={
        "error": Schema(
            type=OpenAPIType.OBJECT,
            required=["code", "message", "details"],
            properties={"code": _TEXT, "message": _TEXT, "details": OBJECT},
        )
    },
)


def operation(
    *,
    query: Iterable[str] = (),
    body: Schema | None = None,
    status: int = 200,
    answer: Schema = OBJECT,
    is_signed: bool = False,
    errors: Iterable[int] = (400, 429),
) -> type[Operation]:
    """An `operation_class` for a handler."""
    parameters = [
        Parameter(name=name, param_in="query", schema=_QUERY[name][0], description=_QUERY[name][1])
        for name in query
    ]
    if is_signed:
        parameters += [
            Parameter(name=name, param_in="header", schema=_TEXT, required=True)
            for name in ("X-API-KEY", "X-API-TIMESTAMP", "X-API-SIGNATURE")
        ]
    codes = sorted({*errors, *((401, 403, 503) if is_signed else ())})
    responses: dict[str, OpenAPIResponse | Reference] = {str(status): _response("Done", answer)}
    responses |= {str(code): _response("Refused", _ERROR) for code in codes}

    class Described(Operation):
        """The operation, with what its handler parses by itself."""

        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or []), *parameters]
            self.responses = responses
            if body is not None:
                self.request_body = RequestBody(
                    content={"application/json": OpenAPIMediaType(schema=body)}, required=True
                )

    return Described


def _response(description: str, schema: Schema) -> OpenAPIResponse:
    return OpenAPIResponse(
        description=description, content={"application/json": OpenAPIMediaType(schema=schema)}
    )
