"""What Binance says of itself when it fails: rest-api.md ("HTTP Return Codes") and errors.md."""

from typing import assert_never

from hypersim.dialects.binance.errors import general as errors
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.faults import Trouble, Troubled


def troubled(failure: Troubled, now_ms: int) -> BinanceError:
    """That, now."""
    retry_at_ms = now_ms + failure.wait_s * 1_000
    match failure.trouble:
        case Trouble.FAILING:
            return BinanceError(-1000, errors.unknown().msg, failure.status)
        case Trouble.RATE_LIMITED:
            return errors.too_many_requests(retry_at_ms)
        case Trouble.BANNED:
            return errors.banned(retry_at_ms)
        case Trouble.MAINTENANCE:
            return BinanceError(-1016, "This service is no longer available.", failure.status)
        case Trouble.UNKNOWN_OUTCOME:
            return errors.record_lost()
        case _:
            assert_never(failure.trouble)
