"""How HTTP's input and output are held back: what uvicorn's parts are given in place of its own."""

import asyncio
from collections.abc import Callable
from enum import Enum

from uvicorn.protocols.http.flow_control import FlowControl

from hypersim.edge.connection import Connection


class Part(Enum):
    """Where in a request the parser is."""

    BETWEEN = "between"
    HEAD = "head"
    BODY = "body"


class Flow(FlowControl):
    """Uvicorn's; who wants to read on gets first what was received already."""

    def __init__(self, transport: asyncio.Transport, read_on: Callable[[], None]) -> None:
        super().__init__(transport)
        self.resume_reading = read_on  # type: ignore[method-assign]
        self.really_resume_reading = super().resume_reading


class Outlet:
    """What uvicorn's cycle writes to: the transport, but how it closes is the protocol's."""

    def __init__(self, connection: Connection, close: Callable[[], None]) -> None:
        self._connection = connection
        self.write = connection.transport.write
        self.close = close

    def is_closing(self) -> bool:
        """Nothing more can be written."""
        return self._connection.is_leaving or self._connection.transport.is_closing()
