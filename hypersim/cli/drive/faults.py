"""The faults of a drive: those of a preset, or of a file of the user's."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypersim.cli.admin_client import AdminClient, AdminFailure
from hypersim.cli.run.options import usage
from hypersim.faults import UnknownFault
from hypersim.faults.presets import preset

FORM = 'a JSON list of {"match": {...}, "do": {...}}'

Fault = dict[str, Any]
"""As `POST /admin/faults` takes it."""


def faults_of(name: str, file: Path | None) -> list[Fault]:
    """Those of the file, else of the preset. What is not there ends the command."""
    try:
        text = preset(name) if file is None else file.read_bytes()
        found = json.loads(text)
    except UnknownFault as error:
        usage(str(error))
    except OSError as error:
        usage(f"--faults {file}: {error.strerror}")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        usage(f"--faults {file}: must be {FORM}")
    return found


def write(path: Path, faults: Sequence[Fault]) -> None:
    """As `faults_of` reads it, a line for each."""
    lines = ",\n".join(f"  {json.dumps(fault)}" for fault in faults)
    path.write_text(f"[\n{lines}\n]\n" if faults else "[]\n")


def arm(admin: AdminClient, faults: Sequence[Fault]) -> None:
    """From now on. Raises AdminFailure; what is no fault ends the command."""
    for number, fault in enumerate(faults, start=1):
        try:
            admin.post("/admin/faults", fault)
        except AdminFailure as failure:
            if not failure.code.startswith("INVALID"):
                raise
            usage(f"fault {number} of the list: {failure}")
