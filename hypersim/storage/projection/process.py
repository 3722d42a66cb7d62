"""The projector as a process of its own: started, woken, heard and watched by the server."""

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from typing import assert_never

import structlog

from hypersim.storage.child import end, launched, with_password
from hypersim.storage.connection import ConnectionSettings, DatabaseUnavailable
from hypersim.storage.growth.keeping import Keeping
from hypersim.storage.ownership import Owner
from hypersim.storage.projection.messages import (
    Alive,
    Line,
    News,
    NoDatabase,
    Position,
    Report,
    Start,
    Stopped,
    line_of,
    report_in,
)
from hypersim.storage.projection.progress import Progress

MODULE = "hypersim.storage.projection"
SILENT_MAX_S = 5
"""One that tells nothing for so long while there is something to project stands still, and is
killed. The next one gets twice as long, and so on, until the tables have moved."""

_LISTENS_EVERY_S = 1.0
_FIRST_DELAY_S = 0.05
_DELAY_MAX_S = 1.0

log = structlog.get_logger(__name__)


class ProjectorProcess:
    """Follows the journal for the `owner` of the tables, as `Projector` does, and looks after its
    old part, as `Keeper` does. Of `environment` it gets all but the password of the database."""

    def __init__(
        self,
        settings: ConnectionSettings,
        progress: Progress,
        owner: Owner,
        *,
        keeping: Keeping,
        environment: Mapping[str, str],
        ensure_running: Callable[[], None] | None = None,
    ) -> None:
        self._start = line_of(Start(with_password(settings, environment), owner, keeping))
        self._environment = environment
        self._progress = progress
        progress.form = "process"
        self._ensure_running = ensure_running
        self._reported = asyncio.Event()
        self._silent_max_s = SILENT_MAX_S
        self._was_heard = True
        self._starting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Have it running until canceled; end when the tables refuse something."""
        progress, delay_s = self._progress, _FIRST_DELAY_S
        while True:
            position = progress.projected_seq
            try:
                code: int | str = await self._run_once()
            except OSError as error:
                code = str(error)
            if progress.stopped is not None:
                return
            if progress.projected_seq != position:
                delay_s = _FIRST_DELAY_S
                self._silent_max_s = SILENT_MAX_S
            log.warning("the projector ended, and is started again", exit_code=code)
            progress.restarts += 1
            await asyncio.sleep(delay_s)
            delay_s = min(2 * delay_s, _DELAY_MAX_S)

    async def _run_once(self) -> int:
        """Its exit code."""
        process = await launched(MODULE, self._environment)
        assert process.stdin is not None and process.stdout is not None
        self._progress.projector_pid = process.pid
        tasks = [
            asyncio.create_task(self._feed(process.stdin)),
            asyncio.create_task(self._watch(process)),
        ]
        try:
            while line := await process.stdout.readline():
                self._was_heard = True
                self._hear(report_in(line))
            return await process.wait()
        finally:
            self._progress.projector_pid = None
            for task in tasks:
                task.cancel()
            await end(process)

    async def _feed(self, pipe: asyncio.StreamWriter) -> None:
        """Wake it when there is something new, once for each time that it told where it is."""
        progress = self._progress
        pipe.write(self._start)
        while True:
            self._reported.clear()
            await self._reported.wait()
            if not progress.events_behind:
                await progress.news()
            pipe.write(line_of(News(progress.committed_seq, progress.behind_since_s)))

    async def _watch(self, process: Process) -> None:
        """Kill it when it stands still. Seconds are counted one by one, so that those in which this
        process stood still itself are none."""
        silent_s = 0.0
        while silent_s < self._silent_max_s:
            self._was_heard = False
            await asyncio.sleep(_LISTENS_EVERY_S)
            is_fine = self._was_heard or not self._progress.events_behind
            silent_s = 0.0 if is_fine else silent_s + _LISTENS_EVERY_S
        log.warning("the projector stands still, and is killed", silent_s=silent_s)
        self._silent_max_s *= 2
        process.kill()

    def _hear(self, report: Report) -> None:
        match report:
            case Position():
                self._progress.projected(report.seq)
                self._reported.set()
            case Stopped():
                self._progress.stop(report.reason)
            case NoDatabase():
                if self._ensure_running is not None and not self._is_starting():
                    self._starting = asyncio.create_task(self._start_database(self._ensure_running))
            case Alive():
                pass
            case Line():
                write = {"info": log.info, "error": log.error}.get(report.level, log.warning)
                write(report.event, **report.fields)
            case _:
                assert_never(report)

    def _is_starting(self) -> bool:
        return self._starting is not None and not self._starting.done()

    async def _start_database(self, ensure_running: Callable[[], None]) -> None:
        with contextlib.suppress(DatabaseUnavailable):
            await asyncio.to_thread(ensure_running)
