"""Requests without a task.

Nearly every request waits for nothing, or for one batch. A task, its futures and their turns of the
event loop cost as much as the work itself; so an errand is stepped by hand, and the batch calls it
back. Once it waits for anything else (a read of the record, a feed, a timer) it goes on in a task
of its own. The coroutine is the same, and does not know which it is.
"""

import asyncio
import contextlib
import types
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, Generic, TypeVar, cast

from hypersim.service.committer import Batch

T = TypeVar("T")

Failure = Exception | asyncio.CancelledError
Finished = Callable[[T | None, Failure | None], object]
"""Called once, with what the coroutine returned or with what it raised."""


@types.coroutine
def own_task() -> Generator[None]:
    """What follows needs a running task, as `asyncio.timeout` does and everything that waits by it.
    Returns at once in a task."""
    if asyncio.current_task() is None:
        yield


class Errand(Generic[T]):
    """A coroutine on its way, in a context of its own. Stepped within somebody's task it needs one
    too as soon as it waits."""

    __slots__ = ("_context", "_coroutine", "_finished", "_task")

    def __init__(self, coroutine: Coroutine[Any, Any, T], finished: Finished[T]) -> None:
        self._coroutine = coroutine
        self._finished: Finished[T] | None = finished
        self._context = Context()
        self._task: asyncio.Task[None] | None = None

    def step(self, lost: Failure | None = None) -> None:
        """Begin, or go on after a batch: it is durable, or `lost`."""
        coroutine = self._coroutine
        if self._finished is None:
            return
        try:
            if lost is None:
                awaited = self._context.run(coroutine.send, None)
            else:
                awaited = self._context.run(coroutine.throw, lost)
        except StopIteration as end:
            self._finish(end.value, None)
        except (Exception, asyncio.CancelledError) as failure:
            self._finish(None, failure)
        else:
            if type(awaited) is Batch:
                awaited.then(self.step)
            else:
                work = self._go_on(awaited)
                self._task = asyncio.get_running_loop().create_task(work, context=self._context)

    def cancel(self, msg: object = None) -> None:
        """As a task's: it hears in one of the next turns that nobody waits for it any more."""
        if self._task is not None:
            self._task.cancel(msg)
        else:
            asyncio.get_running_loop().call_soon(self.step, asyncio.CancelledError())

    async def _go_on(self, awaited: asyncio.Future[object] | None) -> None:
        """In a task."""
        try:
            if awaited is not None:
                # Taken over, as a task does with what its coroutine awaits.
                cast(Any, awaited)._asyncio_future_blocking = False
                # The coroutine asks it for the outcome, whatever that is.
                with contextlib.suppress(Exception, asyncio.CancelledError):
                    await awaited
            result = await _rest_of(self._coroutine)
        except (Exception, asyncio.CancelledError) as failure:
            self._finish(None, failure)
        else:
            self._finish(result, None)

    def _finish(self, result: T | None, failure: Failure | None) -> None:
        finished, self._finished = self._finished, None
        if finished is not None:
            finished(result, failure)


@types.coroutine
def _rest_of(coroutine: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
    """`await` takes no coroutine that has begun."""
    result: T = yield from coroutine
    return result
