"""ping, time."""

from hypersim.dialects.binance.venue import Call, public
from hypersim.service.contents import Data


async def ping(call: Call) -> object:
    """Whether anybody is there."""
    call.params.done()
    return {}


async def time(call: Call) -> object:
    """The exchange's time."""
    call.params.done()
    return {"serverTime": call.time(call.told_ms())}


OPERATIONS = (
    public(ping, "GET /api/v3/ping", "ping"),
    public(time, "GET /api/v3/time", "time", reads=Data.TIME),
)
