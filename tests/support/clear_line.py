"""How a server has to end when it cannot go on: one line that says why."""

import re

from tests.support.server import ServerProcess

PREFIX = "hypersim: "


def assert_ends_with_one_line(server: ServerProcess, pattern: str, code: int = 1) -> None:
    """It ends by itself, with this exit code and one line that matches."""
    assert server.wait() == code, server.output
    assert_one_line(server.output, pattern)


def assert_one_line(output: str, pattern: str) -> None:
    """One line for the user, and nothing for programmers."""
    said = [line for line in output.splitlines() if line.startswith(PREFIX)]
    assert len(said) == 1, output
    assert re.search(pattern, said[0]), (pattern, said[0])
    assert "Traceback" not in output, output
    assert not re.search(r'File "|Error\b.*:$', output), output
