"""Faults that are armed together, by name: a file each, `NAME.json`, a list of what
`POST /admin/faults` takes one of."""

from functools import cache
from importlib.resources import files

from hypersim.faults import UnknownFault

_SUFFIX = ".json"


@cache
def presets() -> dict[str, bytes]:
    """Every one by its name, as JSON."""
    found = sorted(files(__name__).iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(_SUFFIX): file.read_bytes()
        for file in found
        if file.name.endswith(_SUFFIX)
    }


def preset(name: str) -> bytes:
    """Raises UnknownFault."""
    known = presets()
    if name not in known:
        raise UnknownFault(f"preset must be one of {', '.join(known)}, not {name[:40]!r}")
    return known[name]
