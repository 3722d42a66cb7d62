"""What Binance says of itself when it fails: rest-api.md ("HTTP Return Codes") and errors.md."""

from typing import assert_never

from hypersim.dialects.binance.errors import general as errors
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.limits.weights import ClientLimits
from hypersim.edge.client import Counted
from hypersim.faults import Trouble, Troubled


def troubled(failure: Troubled, limits: ClientLimits, who: Counted, now_ms: int) -> BinanceError:
    """That, now. A ban is one of the venue's `limits`, and as long as these are."""
    match failure.trouble:
        case Trouble.FAILING:
            return BinanceError(-1000, errors.unknown().msg, failure.status)
        case Trouble.RATE_LIMITED:
            error = errors.too_many_requests(now_ms + failure.wait_s * 1_000)
            return limits.banned(who, now_ms) or error
        case Trouble.BANNED:
            return limits.ban(who, now_ms)
        case Trouble.MAINTENANCE:
            return BinanceError(-1016, "This service is no longer available.", failure.status)
        case Trouble.UNKNOWN_OUTCOME:
            return errors.record_lost()
        case _:
            assert_never(failure.trouble)
