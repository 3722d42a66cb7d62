"""Waking the one task that waits until there is something to do. An `asyncio.Event` would do, at
four times the price, on the way of every order."""

import asyncio


def wake(idle: asyncio.Future[None] | None) -> None:
    """Resolve what the task waits for, if it waits. It looks for work before it waits again."""
    if idle is not None and not idle.done():
        idle.set_result(None)
