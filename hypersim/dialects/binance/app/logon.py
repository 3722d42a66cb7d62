"""session.logon, session.status, session.logout."""

from typing import Any

from hypersim.api.operation import Security
from hypersim.dialects.binance.venue import Call, Operation


async def log_on(call: Call) -> object:
    """Any kind of key logs on here; Binance itself takes Ed25519 only."""
    call.params.done()
    session = call.socket_session()
    assert call.key is not None
    session.log_in(call.key, call.now_ms())
    return _status(call)


async def status(call: Call) -> object:
    """Who is logged on."""
    call.params.done()
    call.socket_session().forget_lost_key(call.venue.services.engine.view.keys)
    return _status(call)


async def log_out(call: Call) -> object:
    """The connection stays; its key is forgotten."""
    call.params.done()
    call.socket_session().log_out()
    return _status(call)


def _status(call: Call) -> dict[str, Any]:
    session = call.socket_session()
    since_ms = session.authorized_ms
    return {
        "apiKey": None if session.key is None else session.key.key,
        "authorizedSince": None if since_ms is None else call.time(since_ms),
        "connectedSince": call.time(session.connected_ms),
        "returnRateLimits": session.shows_limits,
        "serverTime": call.time(call.told_ms()),
        "userDataStream": bool(session.subscriptions.numbers),
    }


OPERATIONS = (
    Operation(log_on, methods=("session.logon",), security=Security.READ, weight=2),
    Operation(status, methods=("session.status",), weight=2),
    Operation(log_out, methods=("session.logout",), weight=2),
)
