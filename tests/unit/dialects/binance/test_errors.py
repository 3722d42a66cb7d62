"""Every refusal of the core has Binance's words for it."""

import pytest

from hypersim.dialects.binance.errors.general import (
    BinanceError,
    Request,
    banned,
    refusal,
    refused,
    too_much_weight,
)
from hypersim.trading.rejections import Rejected, Rejection


@pytest.mark.parametrize("request_", Request)
@pytest.mark.parametrize("reason", Rejection)
def test_every_rejection_has_a_code_and_a_text(reason: Rejection, request_: Request) -> None:
    error = refusal(reason, request_)
    assert -5_000 < error.code <= -1_000
    assert error.msg
    assert error.status in (400, 401, 500)


@pytest.mark.parametrize(
    ("reason", "request_", "code", "msg"),
    [
        (Rejection.PRICE_OFF_TICK, Request.PLACE, -1013, "Filter failure: PRICE_FILTER"),
        (Rejection.QUANTITY_TOO_SMALL, Request.PLACE, -1013, "Filter failure: LOT_SIZE"),
        (Rejection.NOTIONAL_TOO_SMALL, Request.PLACE, -1013, "Filter failure: NOTIONAL"),
        (
            Rejection.INSUFFICIENT_BALANCE,
            Request.PLACE,
            -2010,
            "Account has insufficient balance for requested action.",
        ),
        (
            Rejection.WOULD_TAKE_LIQUIDITY,
            Request.PLACE,
            -2010,
            "Order would immediately match and take.",
        ),
        (Rejection.DUPLICATE_CLIENT_ORDER_ID, Request.PLACE, -2010, "Duplicate order sent."),
        (Rejection.ORDER_NOT_FOUND, Request.CANCEL, -2011, "Unknown order sent."),
        (Rejection.ORDER_ALREADY_FILLED, Request.CANCEL, -2011, "Unknown order sent."),
        (
            Rejection.NOTHING_TO_AMEND,
            Request.AMEND,
            -2038,
            "The requested action would change no state; rejecting.",
        ),
        (Rejection.UNKNOWN_SYMBOL, Request.PLACE, -1121, "Invalid symbol."),
    ],
)
def test_clients_find_the_codes_they_branch_on(
    reason: Rejection, request_: Request, code: int, msg: str
) -> None:
    error = refused(Rejected(reason, "whatever"), request_)
    assert (error.code, error.msg, error.status) == (code, msg, 400)


def test_an_error_s_body_has_a_code_a_message_and_maybe_data() -> None:
    assert BinanceError(-1, "x").body() == {"code": -1, "msg": "x"}
    assert BinanceError(-1, "x", data={"a": 1}).body() == {"code": -1, "msg": "x", "data": {"a": 1}}


def test_limits_say_when_to_come_again() -> None:
    assert too_much_weight(6000, 5).retry_at_ms == 5
    assert "6000 request weight per 1 MINUTE" in too_much_weight(6000, 5).msg
    assert (banned(7).status, banned(7).retry_at_ms) == (418, 7)
    assert "IP banned until 7" in banned(7).msg
