"""userDataStream: a listen key is made, kept, ended, and those that are valid are listed."""

from hypersim.account.user import ApiKey
from hypersim.api.operation import Security
from hypersim.dialects.mexc.venue import Call, signed

_PATH = "/api/v3/userDataStream"


async def start(call: Call) -> object:
    """A new one."""
    return {"listenKey": call.venue.listen_keys.start(_key(call))}


async def listed(call: Call) -> object:
    """All that are valid."""
    return {"listenKey": call.venue.listen_keys.names_of(_key(call))}


async def keep(call: Call) -> object:
    """Another hour."""
    name = call.params.need("listenKey")
    call.venue.listen_keys.keep(name, _key(call))
    return {"listenKey": name}


async def stop(call: Call) -> object:
    """No more of it."""
    name = call.params.need("listenKey")
    call.venue.listen_keys.stop(name, _key(call))
    return {"listenKey": name}


def _key(call: Call) -> ApiKey:
    assert call.key is not None
    return call.key


OPERATIONS = (
    signed(Security.READ, start, f"POST {_PATH}"),
    signed(Security.READ, listed, f"GET {_PATH}"),
    signed(Security.READ, keep, f"PUT {_PATH}"),
    signed(Security.READ, stop, f"DELETE {_PATH}"),
)
