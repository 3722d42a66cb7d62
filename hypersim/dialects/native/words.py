"""What the OpenAPI document says of each endpoint, beyond its path and summary.

Handlers parse strictly by themselves, so the parameters, bodies and answers are declared here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)

from hypersim.account.user import Permission
from hypersim.api.accounts.rules import ALLOWED_IPS_MAX, LABEL_LENGTH_MAX
from hypersim.dialects.native.params import CLIENT_ORDER_ID_LENGTH_MAX, LIMIT_MAX, TIME_MS_MAX
from hypersim.market.candle import Interval
from hypersim.service.credentials import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from hypersim.trading.order import OrderType, Side, TimeInForce

_SIGNATURE = ("X-API-KEY", "X-API-TIMESTAMP", "X-API-SIGNATURE")

_TEXT = Schema(type=OpenAPIType.STRING)
OBJECT = Schema(type=OpenAPIType.OBJECT)
LIST = Schema(type=OpenAPIType.ARRAY, items=OBJECT)
ROWS = Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.ARRAY))
_TIME = Schema(type=OpenAPIType.INTEGER, minimum=0, maximum=TIME_MS_MAX)
_LIMIT = Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=LIMIT_MAX)
_AMOUNT = Schema(
    type=[OpenAPIType.STRING, OpenAPIType.NUMBER, OpenAPIType.NULL],
    pattern=r"^[0-9]{1,20}(\.[0-9]{1,18})?$",
    exclusive_minimum=0,
    description="A decimal number above zero in plain digits, without an exponent",
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
        "timeInForce": Schema(
            type=[OpenAPIType.STRING, OpenAPIType.NULL],
            enum=[*(force.value for force in TimeInForce), None],
        ),
        "postOnly": Schema(type=[OpenAPIType.BOOLEAN, OpenAPIType.NULL]),
        "clientOrderId": Schema(
            type=[OpenAPIType.STRING, OpenAPIType.NULL],
            min_length=1,
            max_length=CLIENT_ORDER_ID_LENGTH_MAX,
            pattern=r"^[ -~]*$",
        ),
        "expiresAt": Schema(
            type=[OpenAPIType.INTEGER, OpenAPIType.NULL], minimum=1, maximum=TIME_MS_MAX
        ),
    },
)

AMEND_BODY = Schema(
    type=OpenAPIType.OBJECT,
    additional_properties=False,
    min_properties=1,
    properties={"amount": _AMOUNT, "price": _AMOUNT},
)

LOGIN_BODY = Schema(
    type=OpenAPIType.OBJECT,
    required=["email", "password"],
    additional_properties=False,
    properties={"email": _TEXT, "password": _TEXT},
)

REGISTER_BODY = Schema(
    type=OpenAPIType.OBJECT,
    required=["email", "password"],
    additional_properties=False,
    properties={
        "email": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.EMAIL),
        "password": Schema(
            type=OpenAPIType.STRING,
            min_length=PASSWORD_LENGTH_MIN,
            max_length=PASSWORD_LENGTH_MAX,
        ),
    },
)

KEY_BODY = Schema(
    type=OpenAPIType.OBJECT,
    additional_properties=False,
    properties={
        "label": Schema(type=OpenAPIType.STRING, max_length=LABEL_LENGTH_MAX),
        "permissions": Schema(
            type=OpenAPIType.ARRAY,
            min_items=1,
            items=Schema(
                type=OpenAPIType.STRING, enum=[permission.value for permission in Permission]
            ),
        ),
        "allowedIps": Schema(
            type=OpenAPIType.ARRAY,
            max_items=ALLOWED_IPS_MAX,
            items=Schema(
                type=OpenAPIType.STRING, description="An address, or a network like 10.0.0.0/8"
            ),
        ),
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
    is_body_required: bool = True,
    statuses: Iterable[int] = (200,),
    answer: Schema = OBJECT,
    is_signed: bool = False,
    takes_token: bool = False,
    errors: Iterable[int] = (),
) -> type[Operation]:
    """An `operation_class` for a handler. `errors` are those that only this endpoint has. One that
    `takes_token` is signed, or carries a login token."""
    parameters = [
        Parameter(name=name, param_in="query", schema=_QUERY[name][0], description=_QUERY[name][1])
        for name in query
    ]
    parameters += [
        Parameter(name=name, param_in="header", schema=_TEXT, required=not takes_token)
        for name in (_SIGNATURE if is_signed else ())
    ]
    # Any request may be malformed, too large or one too many, and any answer may need the record.
    codes = {400, 413, 429, 503, *errors, *((401, 403) if is_signed else ())}
    responses: dict[str, OpenAPIResponse | Reference] = {
        str(status): _response("Done", answer) for status in statuses
    }
    responses |= {str(code): _response("Refused", _ERROR) for code in sorted(codes)}

    # Without the decorator, the base's constructor would not know of __post_init__.
    @dataclass
    class Described(Operation):
        """The operation, with what its handler parses by itself."""

        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or []), *parameters]
            self.responses = responses
            if body is not None:
                self.request_body = RequestBody(
                    content={"application/json": OpenAPIMediaType(schema=body)},
                    required=is_body_required,
                )

    return Described


def _response(description: str, schema: Schema) -> OpenAPIResponse:
    return OpenAPIResponse(
        description=description, content={"application/json": OpenAPIMediaType(schema=schema)}
    )
