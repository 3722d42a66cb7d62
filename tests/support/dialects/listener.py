"""A client of one socket of a dialect, in the test's own process."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypersim.edge.asgi import AsgiApp
from tests.support.asgi_peer import DEADLINE_S, Peer, scope_of
from tests.support.dialects.adapter import Adapter
from tests.support.dialects.words import Push, Signer, Topic

ADDRESS = "192.0.2.1"


class Listener:
    """Follows one topic. What is pushed is kept until somebody looks."""

    def __init__(self, app: AsgiApp, adapter: Adapter, topic: Topic, query: str = "") -> None:
        self.peer = Peer(Decimal)
        self.topic = topic
        self._adapter = adapter
        self._pushed: list[Any] = []
        scope = scope_of(adapter.path(topic), ADDRESS) | {"query_string": query.encode()}
        self.serving = asyncio.ensure_future(app(scope, self.peer.receive, self.peer.send))

    async def ask(self, message: object) -> Any:
        """The answer to a message."""
        self.peer.ask(message)
        while not self._adapter.is_answer(frame := await self.peer.next()):
            self._pushed.append(frame)
        return frame

    async def follow(self, signer: Signer) -> None:
        """Hear of the topic from now on, which must be granted."""
        for message in self._adapter.subscribe(self.topic, signer):
            answer = await self.ask(message)
            assert not self._adapter.is_refusal(answer), answer

    async def leave(self) -> None:
        """Hear of it no more."""
        answer = await self.ask(self._adapter.unsubscribe(self.topic))
        assert not self._adapter.is_refusal(answer), answer

    async def heard(self) -> list[Push]:
        """All that was pushed since the last call; from a socket that was closed, before that."""
        asking = asyncio.ensure_future(self.ask(self._adapter.ping(self.topic)))
        await asyncio.wait([asking, self.serving], return_when=asyncio.FIRST_COMPLETED)
        if asking.done() or self.peer.close_code is None:
            await asking
        else:
            asking.cancel()
        pushed, self._pushed = self._pushed, []
        return [self._adapter.push_of(frame) for frame in pushed]

    async def heard_until(self, is_enough: Callable[[list[Push]], bool]) -> list[Push]:
        """The same, and further pushes until they are enough."""
        pushes = await self.heard()
        while not is_enough(pushes):
            frame = await self.peer.next()
            if not self._adapter.is_answer(frame):
                pushes.append(self._adapter.push_of(frame))
        return pushes

    async def ended(self) -> None:
        """Return once the server has closed the socket."""
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.wait([self.serving])

    async def hang_up(self) -> None:
        """Go away."""
        self.peer.is_reading.set()
        self.peer.hang_up()
        await asyncio.wait([self.serving])
