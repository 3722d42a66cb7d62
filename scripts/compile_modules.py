"""Compiles the hot modules into a wheel, if it is asked to (`make wheel`).

Any other build is plain Python: nobody needs a compiler. The modules define no msgspec Struct:
mypyc drops their class keywords.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from mypyc.build import mypycify
from setuptools import Distribution
from setuptools.command.build_ext import build_ext

MYPY = ("--no-incremental", "--no-warn-unused-ignores")


class CompiledModules(BuildHookInterface[Any]):
    """Hatch finds it by its base class."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Put the extensions beside their sources, which stay for people and tracebacks."""
        self._work = tempfile.TemporaryDirectory(prefix="hypersim-mypyc-")
        work = Path(self._work.name)
        for module in compiled(self.config["modules"], Path(self.root), work):
            build_data["force_include"][str(module)] = str(module.relative_to(work / "lib"))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """The wheel has them now."""
        self._work.cleanup()


def compiled(modules: list[str], root: Path, work: Path) -> list[Path]:
    """The extensions, below `work`/lib as they stand in the package."""
    os.chdir(root)
    extensions = mypycify(
        [*MYPY, *modules], opt_level="3", target_dir=str(work / "c"), group_name="hypersim"
    )
    command = build_ext(Distribution({"name": "hypersim", "ext_modules": extensions}))
    command.build_lib, command.build_temp = str(work / "lib"), str(work / "temp")
    command.ensure_finalized()
    command.run()
    return sorted(path for path in (work / "lib").rglob("*") if path.is_file())
