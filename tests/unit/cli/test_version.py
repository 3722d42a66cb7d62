"""`hypersim --version` says which version runs, and whether it is compiled."""

from typer.testing import CliRunner

from hypersim import __version__, is_compiled
from hypersim.cli import app


def test_the_version_tells_of_compiled_modules() -> None:
    told = CliRunner().invoke(app, ["--version"])
    modules = "compiled" if is_compiled() else "plain Python"
    assert (told.exit_code, told.stdout) == (0, f"hypersim {__version__} ({modules})\n")
