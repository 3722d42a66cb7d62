"""`python -m hypersim.storage.projection`: the projector as a process of its own, for a server that
talks to it through pipes; it looks after the journal's old part too. It ends when these close, and
when the tables follow no more."""

import asyncio
import os
import signal
import sys
from collections.abc import MutableMapping
from time import monotonic
from typing import Any, NoReturn

import structlog
from setproctitle import setproctitle

from hypersim.storage.growth.keeper import Keeper
from hypersim.storage.projection.messages import (
    Alive,
    Line,
    News,
    NoDatabase,
    Position,
    Report,
    Stopped,
    line_of,
    news_in,
    start_in,
)
from hypersim.storage.projection.pace import Pace
from hypersim.storage.projection.projector import SLICE_EVENTS, Projector

TITLE = "hypersim projector"
ALIVE_EVERY_S = 1.0
"""So often it tells that it does not stand still, whatever it waits for."""


class Server:
    """Whom it projects for, at the other end of the pipes: `descriptor` is what reports go into."""

    def __init__(self, descriptor: int, pace: Pace) -> None:
        self.projected_seq = 0
        self._descriptor = descriptor
        self._pace = pace
        self._last = News(0, None)
        self._news = asyncio.Event()

    def projected(self, seq: int) -> None:
        """See `Told`."""
        self.projected_seq = seq
        self.tell(Position(seq))
        self._keep_pace()

    def stop(self, reason: str) -> None:
        """See `Told`."""
        self.tell(Stopped(reason))

    async def news(self) -> None:
        """See `Told`."""
        await self._news.wait()
        self._news.clear()

    async def hear(self, reader: asyncio.StreamReader) -> None:
        """Until the server is gone."""
        while line := await reader.readline():
            self._last = news_in(line)
            self._news.set()
            self._keep_pace()

    async def assure(self) -> None:
        """Until canceled."""
        while True:
            self.tell(Alive())
            await asyncio.sleep(ALIVE_EVERY_S)

    def tell(self, report: Report) -> None:
        """It takes little, so the pipe has room unless the server stands still."""
        try:
            os.write(self._descriptor, line_of(report))
        except BrokenPipeError:
            # The server is gone; the database undoes what is half done.
            os._exit(0)

    def tell_line(self, _logger: Any, level: str, fields: MutableMapping[str, Any]) -> NoReturn:
        """A processor of log lines: they are the server's."""
        event = str(fields.pop("event"))
        self.tell(Line(level, event, {name: str(value) for name, value in fields.items()}))
        raise structlog.DropEvent

    def _keep_pace(self) -> None:
        news = self._last
        is_behind = news.since_s is not None and news.seq > self.projected_seq
        self._pace.is_late_by(monotonic() - news.since_s if is_behind and news.since_s else 0.0)


async def follow(server: Server) -> None:
    """Project for it until it is gone."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    first = await reader.readline()
    if not first:
        return
    start = start_in(first)
    projector = Projector(
        start.settings,
        server,
        start.owner,
        ensure_running=lambda: server.tell(NoDatabase()),
        # Nobody else waits for a turn here.
        small_events=SLICE_EVENTS * 1_000,
    )
    keeper = Keeper(start.settings, start.keeping, lambda: server.projected_seq)
    work = (projector.run(), server.hear(reader), server.assure(), keeper.run())
    tasks = [asyncio.ensure_future(each) for each in work]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


def main() -> None:
    """Until the pipes close. Signals are for the server, which ends this process in its turn."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    setproctitle(TITLE)
    descriptor = os.dup(1)
    # What is printed by mistake is no report.
    os.dup2(2, 1)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pace = Pace(loop)
    server = Server(descriptor, pace)
    structlog.configure(processors=[server.tell_line])
    pace.run(follow(server))


if __name__ == "__main__":
    main()
    # The database undoes what is half done, and frees the lock, as soon as nobody listens.
    os._exit(0)
