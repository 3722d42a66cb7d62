"""At what priority a process works: at a low one, and at the normal one while it is late.

Nobody but root may raise a process's priority again once it is low. A thread has one of its own,
so the event loop runs in a thread of low priority, and in the main one, which keeps its priority,
while there is haste.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any

NICE = 10
"""How much lower the low priority is."""

HASTE_AFTER_S = 0.5
"""What is later than this is hasty until it has caught up."""


class Pace:
    """Where the loop runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.is_hasty = False
        self._loop = loop

    def is_late_by(self, late_s: float) -> None:
        """Change the priority if that asks for it; called within the loop."""
        is_hasty = late_s > HASTE_AFTER_S or (self.is_hasty and late_s > 0)
        if is_hasty != self.is_hasty:
            self.is_hasty = is_hasty
            self._loop.stop()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run the loop until the work is done; raises what it raises."""
        task = self._loop.create_task(work)
        task.add_done_callback(lambda _: self._loop.stop())
        while not task.done():
            if self.is_hasty:
                self._loop.run_forever()
            else:
                thread = threading.Thread(target=self._run_low)
                thread.start()
                thread.join()
        task.result()

    def _run_low(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE + own_nice())
        self._loop.run_forever()


def own_nice() -> int:
    """Of the main thread."""
    return os.getpriority(os.PRIO_PROCESS, os.getpid())
