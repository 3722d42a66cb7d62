"""What was received over HTTP, parsed a little at a time while there is room for more: one read of
a quarter of a megabyte can hold thousands of requests."""

from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from hypersim.edge.edge import Edge
from hypersim.edge.http.ending import HttpEnding

SLICE_BYTES = 2_048
"""Parsed at a time. Most requests are shorter."""

SLICES_PER_TURN = 4
"""Of the event loop; then the other connections have theirs."""


class HttpReading(HttpEnding):
    """Reads no faster than it can be answered."""

    def __init__(self, edge: Edge, **kwargs: Any) -> None:
        super().__init__(edge, **kwargs)
        self._is_scheduled = False

    def data_received(self, data: bytes) -> None:
        """See uvicorn."""
        if self.connection.is_leaving:
            self.connection.throw_away(len(data))
            return
        if self._unread or len(data) > SLICE_BYTES:
            self._unread += data
        else:
            self._feed(data)
            if not self._unread:
                return
        self._read_on()

    def pause_writing(self) -> None:
        """See uvicorn."""
        super().pause_writing()
        self.connection.fills_up()

    def resume_writing(self) -> None:
        """See uvicorn."""
        super().resume_writing()
        self.connection.has_drained()
        self._read_on()

    def _read_on(self) -> None:
        """Parse what was received, as far as there is room, then let more come."""
        slices = 0
        while self._unread and self.parser is not None:
            if self._has_enough() or self._is_scheduled:
                self.flow.pause_reading()
                return
            slices += 1
            if slices > SLICES_PER_TURN:
                self.flow.pause_reading()
                self._is_scheduled = True
                self.loop.call_soon(self._next_turn)
                return
            piece = bytes(self._unread[:SLICE_BYTES])
            del self._unread[:SLICE_BYTES]
            self._feed(piece)
        if not self._has_enough():
            self.flow.really_resume_reading()

    def _next_turn(self) -> None:
        self._is_scheduled = False
        self._read_on()

    def _has_enough(self) -> bool:
        cycle = self.cycle
        return (
            len(self.pipeline) >= self._limits.pipelined_requests
            or self.flow.write_paused
            or (
                cycle is not None
                and not cycle.response_complete
                and len(cycle.body) > HIGH_WATER_LIMIT
            )
        )

    def _feed(self, data: bytes) -> None:
        """Parse it."""
        raise NotImplementedError
