"""userDataStream over REST and the WebSocket API, and session.subscriptions.

Binance took the listen keys of its spot market away in 2026, but clients still ask for them.
"""

from hypersim.account.user import ApiKey
from hypersim.api.operation import Security
from hypersim.dialects.binance.auth import usable_key
from hypersim.dialects.binance.errors.general import rejected_key
from hypersim.dialects.binance.errors.parameters import mandatory
from hypersim.dialects.binance.venue import Call, Operation, spot

REST_PATH = "/api/v3/userDataStream"


async def start(call: Call) -> object:
    """A listen key; the same one while it is valid, for another hour."""
    call.params.done()
    return {"listenKey": call.venue.user_data.listen_keys.start(_key(call))}


async def keep(call: Call) -> object:
    """Another hour for a listen key."""
    name = call.params.need("listenKey")
    call.params.done()
    call.venue.user_data.listen_keys.keep(name, _key(call))
    return {}


async def stop(call: Call) -> object:
    """No more of a listen key."""
    name = call.params.need("listenKey")
    call.params.done()
    call.venue.user_data.listen_keys.stop(name, _key(call))
    return {}


async def subscribe(call: Call) -> object:
    """Hear of the account that is logged on."""
    call.params.done()
    session = call.socket_session()
    if session.key is None:
        raise mandatory("apiKey")
    key = usable_key(call.services, session.key.key, session.client.address, Security.READ)
    if key is not session.key:
        # After a reset, somebody else may have been given a key of this name.
        raise rejected_key()
    return _started(call, key, is_of_logon=True)


async def subscribe_signature(call: Call) -> object:
    """Hear of the account whose key signed the request."""
    call.params.done()
    return _started(call, _key(call), is_of_logon=False)


async def unsubscribe(call: Call) -> object:
    """End one subscription, or all."""
    number = call.params.integer("subscriptionId")
    call.params.done()
    call.socket_session().subscriptions.stop(number)
    return {}


async def list_subscriptions(call: Call) -> object:
    """Those that are active."""
    call.params.done()
    return [{"subscriptionId": number} for number in call.socket_session().subscriptions.numbers]


def _started(call: Call, key: ApiKey, *, is_of_logon: bool) -> dict[str, int]:
    subscriptions = call.socket_session().subscriptions
    return {"subscriptionId": subscriptions.start(key, is_of_logon=is_of_logon)}


def _key(call: Call) -> ApiKey:
    assert call.key is not None
    return call.key


OPERATIONS = (
    spot(Security.KEY, start, f"POST {REST_PATH}", "userDataStream.start", 2),
    spot(Security.KEY, keep, f"PUT {REST_PATH}", "userDataStream.ping", 2, "listenKey"),
    spot(Security.KEY, stop, f"DELETE {REST_PATH}", "userDataStream.stop", 2, "listenKey"),
    Operation(subscribe, methods=("userDataStream.subscribe",), weight=2, is_lenient=True),
    Operation(
        subscribe_signature,
        methods=("userDataStream.subscribe.signature",),
        security=Security.READ,
        weight=2,
    ),
    Operation(unsubscribe, methods=("userDataStream.unsubscribe",), weight=2, is_lenient=True),
    Operation(list_subscriptions, methods=("session.subscriptions",), weight=2, is_lenient=True),
)
