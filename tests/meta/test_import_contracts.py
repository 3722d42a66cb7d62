"""Imports point the way that the contracts in pyproject.toml say, and each contract bites."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = [
    sys.executable,
    "-c",
    "import sys, importlinter.cli as c; sys.exit(c.lint_imports(no_cache=True, no_logo=True))",
]

# One import per contract that breaks it, as a line put into the file.
WRONG_IMPORTS = {
    "Imports point one way": ("hypersim/feeds/wrong.py", "import hypersim.storage.wrong"),
    "The CCXT class knows nothing of the server": (
        "hypersim/client/wrong.py",
        "import hypersim.market",
    ),
    "The server knows nothing of the CCXT class": (
        "hypersim/api/wrong.py",
        "import hypersim.client",
    ),
    "Dialects are strangers to each other": (
        "hypersim/dialects/native/wrong.py",
        "import hypersim.dialects.other",
    ),
    "A dialect is words: loops, sockets and the web framework are the API's": (
        "hypersim/dialects/other/wrong.py",
        "import asyncio",
    ),
    "The exchange's core has no clock, dice or I/O": ("hypersim/trading/wrong.py", "import time"),
    # Together with the first one.
    "No room has a circle in it": ("hypersim/storage/circle.py", "import hypersim.feeds.wrong"),
}


def _lint_imports(root: Path) -> tuple[int, str]:
    run = subprocess.run(
        LINT_IMPORTS, cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    return run.returncode, run.stdout + run.stderr


def test_imports_keep_the_contracts() -> None:
    status, report = _lint_imports(ROOT)
    assert status == 0, report


def test_every_contract_bites(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file in (ROOT / "hypersim").rglob("*.py"):
        hollow = tmp_path / file.relative_to(ROOT)
        hollow.parent.mkdir(parents=True, exist_ok=True)
        hollow.touch()
    other = tmp_path / "hypersim/dialects/other/__init__.py"
    other.parent.mkdir()
    other.touch()
    (tmp_path / "hypersim/storage/wrong.py").touch()
    for path, line in WRONG_IMPORTS.values():
        (tmp_path / path).write_text(line + "\n")

    status, report = _lint_imports(tmp_path)

    assert status != 0
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {c["name"] for c in pyproject["tool"]["importlinter"]["contracts"]}
    assert contracts == set(WRONG_IMPORTS)
    for name in contracts:
        assert f"{name} BROKEN" in report, report
