"""The processes of a bench: started one after the other, and none of them survives it."""

import asyncio
import collections
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from hypersim.account.user import Secret
from hypersim.bench.load import ClientFailed, LoadResult, LoadSpec
from hypersim.bench.wrk import LUA, wrk_command, wrk_result

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
CLIENT_SLACK_S = 30.0
"""How much longer than its load a client may take, with its start and the last answers."""

_READY = re.compile(r"\w+ ready on http://([\d.]+):(\d+)")
_LINES_KEPT = 40


class ServerFailed(Exception):
    """A server did not start, or ended by itself; the message ends with what it printed."""


class Listening(NamedTuple):
    """A server that answers."""

    host: str
    port: int
    pid: int

    @property
    def authority(self) -> str:
        """host:port"""
        return f"{self.host}:{self.port}"


def environment(admin_token: Secret | None = None) -> dict[str, str]:
    """Of the children: nothing of ours, so that no setting of this shell takes part."""
    variables = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    if admin_token is not None:
        variables["HYPERSIM_ADMIN_TOKEN"] = admin_token.value
    return variables


def exchange_command(data_dir: Path, config: Path, arguments: Sequence[str]) -> list[str]:
    """`hypersim serve` as a user runs it, on a database that is thrown away afterwards."""
    fixed = ["--port", "0", "--data-dir", str(data_dir), "--config", str(config), "--no-demo"]
    return [sys.executable, "-m", "hypersim", "serve", *fixed, *arguments]


def echo_command(answer_bytes: int) -> list[str]:
    """The bare echo."""
    return [sys.executable, "-m", "hypersim.bench.echo", str(answer_bytes)]


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str], admin_token: Secret | None = None
) -> AsyncIterator[Listening]:
    """A server for the length of a block. Raises ServerFailed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(admin_token),
    )
    lines: collections.deque[str] = collections.deque(maxlen=_LINES_KEPT)
    draining: asyncio.Task[None] | None = None
    try:
        listening = await _wait_until_ready(process, lines)
        # A pipe that nobody reads would fill up and stop the server.
        draining = asyncio.create_task(_drain(process, lines))
        yield listening
    except Exception as error:
        if process.returncode is None:
            raise
        # Whatever went wrong then is but the consequence.
        raise ServerFailed("a server ended by itself:\n" + "\n".join(lines)) from error
    finally:
        await stop(process)
        if draining is not None:
            await asyncio.wait([draining])


async def stop(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, and SIGKILL to one that does not obey."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class LoadClient:
    """Runs a load in a process of its own, with wrk if `wrk` is its path, else with our client."""

    def __init__(self, directory: Path, wrk: str | None) -> None:
        self._wrk = wrk
        self._script = directory / "requests.lua"
        self._script.write_text(LUA)

    @property
    def name(self) -> str:
        """As it is reported."""
        return "own" if self._wrk is None else "wrk"

    async def run(self, spec: LoadSpec) -> LoadResult:
        """What the client saw. Raises ClientFailed."""
        if self._wrk is None:
            return await run_own_client(spec)
        command = wrk_command(self._wrk, str(self._script), spec)
        output = await _output_of(command, b"", spec.seconds + CLIENT_SLACK_S)
        return wrk_result(output, spec.connections)


async def run_own_client(spec: LoadSpec) -> LoadResult:
    """What our own client saw; it waits for every answer. Raises ClientFailed."""
    command = [sys.executable, "-m", "hypersim.bench.client"]
    output = await _output_of(command, msgspec.json.encode(spec), spec.seconds + CLIENT_SLACK_S)
    try:
        return msgspec.json.decode(output, type=LoadResult)
    except msgspec.DecodeError:
        raise ClientFailed(f"the load client printed no figures: {output[-500:]}") from None


async def _output_of(command: Sequence[str], stdin: bytes, timeout_s: float) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    try:
        async with asyncio.timeout(timeout_s):
            output, errors = await process.communicate(stdin)
    except TimeoutError:
        raise ClientFailed(f"{Path(command[0]).name} did not end within {timeout_s:g} s") from None
    finally:
        await stop(process)
    if process.returncode:
        said = (errors or output).decode(errors="replace").strip()[-500:]
        raise ClientFailed(f"{Path(command[0]).name} ended with {process.returncode}: {said}")
    return output.decode(errors="replace")


async def _wait_until_ready(
    process: asyncio.subprocess.Process, lines: collections.deque[str]
) -> Listening:
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            host, port = await _address(process, lines)
    except TimeoutError:
        lines.append(f"(not ready within {START_TIMEOUT_S:g} s)")
    else:
        return Listening(host, port, process.pid)
    raise ServerFailed("a server did not start:\n" + "\n".join(lines))


async def _address(
    process: asyncio.subprocess.Process, lines: collections.deque[str]
) -> tuple[str, int]:
    """Where the server says that it is ready. Raises ServerFailed when it ends instead."""
    assert process.stdout is not None
    async for line in process.stdout:
        lines.append(line.decode(errors="replace").rstrip())
        if ready := _READY.search(lines[-1]):
            return ready[1], int(ready[2])
    raise ServerFailed("a server did not start:\n" + "\n".join(lines))


async def _drain(process: asyncio.subprocess.Process, lines: collections.deque[str]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        lines.append(line.decode(errors="replace").rstrip())
