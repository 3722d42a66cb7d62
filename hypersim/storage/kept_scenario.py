"""What became of a scenario so far, kept beside the record: a kill of the process loses nothing."""

from hashlib import sha256
from pathlib import Path

import msgspec

from hypersim.service.record import Moment
from hypersim.service.scenarios.planning import Played, Taken
from hypersim.service.scenarios.words import Scenario

FILE = "scenario.played"
"""A line that says what is played and since when, then one for each step that was taken."""


class _Head(msgspec.Struct):
    scenario: str
    beginning: Moment


class _Line(msgspec.Struct):
    number: int
    taken: Taken


_head = msgspec.json.Decoder(_Head)
_line = msgspec.json.Decoder(_Line)


class KeptScenario:
    """The `Diary` of this scenario in that directory. Raises OSError."""

    def __init__(self, root: Path, scenario: Scenario) -> None:
        self._file = root / FILE
        self._name = sha256(msgspec.json.encode(scenario)).hexdigest()

    def played(self) -> Played | None:
        """None where another scenario was begun last, or none."""
        try:
            head, *lines = self._file.read_bytes().splitlines()
            begun = _head.decode(head)
        except (FileNotFoundError, ValueError):
            return None
        if begun.scenario != self._name:
            return None
        taken: dict[int, Taken] = {}
        for line in lines:
            try:
                told = _line.decode(line)
            except msgspec.DecodeError:
                # Half of a line: it was being written when the machine stopped.
                break
            taken[told.number] = told.taken
        return Played(begun.beginning, taken)

    def begin(self, beginning: Moment) -> None:
        """See `Diary`."""
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(_Head(self._name, beginning)) + b"\n")
        fresh.replace(self._file)

    def took(self, number: int, taken: Taken) -> None:
        """See `Diary`."""
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(_Line(number, taken)) + b"\n")
