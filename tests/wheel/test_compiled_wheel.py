"""What `make wheel` builds is compiled, and passes the tests that the source passes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hypersim import __version__

ROOT = Path(__file__).resolve().parents[2]
BESIDE = (
    "tests",
    "scripts",
    "docs",
    "examples",
    "migrations",
    "pyproject.toml",
    "README.md",
    "Makefile",
)
"""What tests read besides the installed package."""

OF_THE_SOURCE = ("tests/meta", "tests/wheel", "tests/bench")
"""These look at the source tree, not at what runs."""

RUN_TIMEOUT_S = 2_400

pytestmark = [pytest.mark.slow, pytest.mark.timeout(RUN_TIMEOUT_S + 600)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel, in a directory with the tests and no source."""
    place = tmp_path_factory.mktemp("wheel")
    for name in BESIDE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / name)
    run(place, "make", "-C", str(ROOT), "wheel", f"DIST={place}")
    (wheel,) = place.glob("*.whl")
    run(place, "uv", "venv", "--quiet", "--python", sys.executable, "env")
    python = ("--quiet", "--python", "env/bin/python")
    locked = str(ROOT / "requirements.lock")
    run(place, "uv", "pip", "sync", *python, "--require-hashes", locked)
    run(place, "uv", "pip", "install", *python, "--no-deps", str(wheel))
    return place


def test_the_wheel_says_that_it_is_compiled(installed: Path) -> None:
    said = run(installed, "env/bin/hypersim", "--version")
    assert said == f"hypersim {__version__} (compiled)\n"


def test_the_tests_pass_on_the_wheel(installed: Path) -> None:
    ignored = [f"--ignore={folder}" for folder in OF_THE_SOURCE]
    run(installed, "env/bin/python", "-m", "pytest", "-q", "-n", "auto", *ignored)


def run(place: Path, *command: str) -> str:
    """What it printed; it must succeed."""
    path = os.pathsep.join((os.environ["PATH"], str(ROOT / ".tools/bin")))
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        command,
        cwd=place,
        env=environment | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
    )
    assert done.returncode == 0, (
        f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    )
    return done.stdout
