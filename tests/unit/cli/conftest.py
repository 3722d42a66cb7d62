"""A server for the commands, and a terminal of 80 columns to run them in."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from typer.testing import CliRunner, Result

from hypersim.cli import app
from tests.support.memory_server import MemoryServer, memory_server

WIDTH = 80


class Terminal(NamedTuple):
    """Runs `hypersim …` against one server."""

    server: MemoryServer

    def run(self, *arguments: str, **environment: str) -> Result:
        """What it printed and its exit code; it must not end with a traceback."""
        settings = {
            "COLUMNS": str(WIDTH),
            "HYPERSIM_URL": self.server.url,
            "HYPERSIM_ADMIN_TOKEN": self.server.token,
            **environment,
        }
        result = CliRunner().invoke(app, arguments, env=settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result

    def output(self, *arguments: str) -> str:
        """What a command that must succeed printed."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        assert not result.stderr
        return result.stdout

    def failure(self, *arguments: str, **environment: str) -> str:
        """The one line with which a command that must fail says why."""
        result = self.run(*arguments, **environment)
        assert result.exit_code == 1
        assert not result.stdout
        line = result.stderr.removesuffix("\n")
        assert line.startswith("hypersim: ")
        assert "\n" not in line
        return line


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A fresh exchange under the manual feed."""
    with memory_server() as server:
        yield Terminal(server)
