"""ping, time."""

from hypersim.dialects.binance.venue import Call, Operation


async def ping(call: Call) -> object:
    """Whether anybody is there."""
    call.params.done()
    return {}


async def time(call: Call) -> object:
    """The exchange's time."""
    call.params.done()
    return {"serverTime": call.time(call.now_ms())}


OPERATIONS = (
    Operation(ping, rest=("GET /api/v3/ping",), methods=("ping",)),
    Operation(time, rest=("GET /api/v3/time",), methods=("time",)),
)
