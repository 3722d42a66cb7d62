"""A process of our own that works beside the server. Its pipes are all that it has of the server:
it gets no secret in its arguments or its environment, and ends when they close, whatever became of
the server."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping

from msgspec.structs import replace

from hypersim.storage.connection import ConnectionSettings

END_WITHIN_S = 1.0
"""A process that was asked to end is killed after that."""

_PASSWORD = "PGPASSWORD"


def with_password(
    settings: ConnectionSettings, environment: Mapping[str, str]
) -> ConnectionSettings:
    """What goes through the pipe: with the password that the environment has for this process."""
    return replace(settings, password=settings.password or environment.get(_PASSWORD))


async def launched(module: str, environment: Mapping[str, str]) -> Process:
    """A new process that runs the module; none is left behind when we are canceled meanwhile."""
    known = {name: environment[name] for name in environment.keys() - {_PASSWORD}}
    # The same modules as here, wherever they were found.
    known["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    command = (sys.executable, "-P", "-m", module)
    launching = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=known)
    )
    try:
        return await asyncio.shield(launching)
    except asyncio.CancelledError:
        await end(await launching)
        raise


async def end(process: Process) -> None:
    """Close its pipe, by which it ends; one that does not is killed, as is one for which nobody can
    wait any longer."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    except asyncio.CancelledError:
        if process.returncode is None:
            process.kill()
        raise
