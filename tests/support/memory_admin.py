"""The admin API of exchanges in memory: built once for all of them, since building it takes ten
times as long as all the rest of an exchange."""

from contextvars import ContextVar
from functools import cache
from typing import NamedTuple, cast

from hypersim.account.user import Secret
from hypersim.admin.app import build_admin
from hypersim.api.services import AdminActions, Services
from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.edge import Edge

TOKEN = "token-of-the-test"


class Asked(NamedTuple):
    """What the admin API is given to work with."""

    services: Services
    control: AdminActions


_ASKED: ContextVar[Asked] = ContextVar("asked")


def memory_admin(services: Services, control: AdminActions) -> AsgiApp:
    """The admin API of this exchange."""
    asked = Asked(services, control)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        shared = _shared_app()
        token = _ASKED.set(asked)
        try:
            await shared(scope, receive, send)
        finally:
            _ASKED.reset(token)

    return app


@cache
def _shared_app() -> AsgiApp:
    services = _OfTheAsked("services", edge=Edge())
    control = _OfTheAsked("control", token=Secret(TOKEN))
    return build_admin(cast(Services, services), cast(AdminActions, control))


class _OfTheAsked:
    """A part of the exchange that is asked: what its handlers hold on to from before anybody asks.

    `known` is what the builder itself must know, and what all exchanges have alike.
    """

    def __init__(self, *path: str, **known: object) -> None:
        self._path, self._known = path, known

    def __getattr__(self, name: str) -> object:
        part: object = _ASKED.get(None)
        if part is None:
            return self._known.get(name) or _OfTheAsked(*self._path, name)
        for step in (*self._path, name):
            part = getattr(part, step)
        return part
