"""Reads a scenario from YAML, of which JSON is a part. What is wrong is told with its line and key.

Every value is read as it is written: YAML would make 1:30 a number, `no` a boolean, and 0.1 a
number that it is not.
"""

import re
from typing import Any

import msgspec
import yaml

from hypersim.faults import kinds
from hypersim.faults.presets import presets
from hypersim.service.scenarios.values import NUMBER
from hypersim.service.scenarios.words import Scenario

SIZE_MAX = 1_000_000
"""Characters of a scenario."""

DEPTH_MAX = 12
"""Levels of what stands in each other; a scenario has five."""

_AT = re.compile(r"(?P<what>.*) - at `(?P<path>\$[^`]*)`", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_PLACE = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class InvalidScenario(ValueError):
    """What cannot be played; the message names line and key."""


class _Loader(yaml.BaseLoader):  # type: ignore[misc]  # it ships no types
    """Refuses what a scenario does not need, and what could make a short text a huge one."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """See yaml.composer."""
        if self.check_event(yaml.AliasEvent):
            raise _wrong(self.peek_event().start_mark, "a scenario has no aliases (*name)")
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise _wrong(self.peek_event().start_mark, "too many levels stand in each other")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def read_scenario(text: str) -> Scenario:
    """The scenario that stands there. Raises InvalidScenario."""
    if len(text) > SIZE_MAX:
        raise InvalidScenario(f"a scenario has at most {SIZE_MAX} characters, not {len(text)}")
    values, lines = _values_in(text)
    try:
        # Whatever stands there is text by now, numbers too.
        return msgspec.convert(values, Scenario, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidScenario(_with_line(str(error), lines)) from None


def wrong_at(text: str, key: str, what: str) -> InvalidScenario:
    """The same of what only who plays a scenario finds wrong with it."""
    _, lines = _values_in(text)
    return InvalidScenario(_with_line(f"{what} - at `$.{key}`", lines))


def schema() -> dict[str, Any]:
    """The JSON schema of a scenario, as editors take it."""
    (whole, *faults), parts = msgspec.json.schema_components(
        [Scenario, *kinds().values()], ref_template="#/$defs/{name}"
    )
    fault = parts["ArmFault"]["properties"]
    fault["do"] = {"oneOf": faults}
    fault["preset"] = {"enum": list(presets())}
    return {**whole, "$defs": _with_numbers(parts)}


def _with_numbers(part: Any) -> Any:
    """An editor takes 12.5 for a number, while here it is read as it is written."""
    if isinstance(part, list):
        return [_with_numbers(one) for one in part]
    if not isinstance(part, dict):
        return part
    known = {name: _with_numbers(one) for name, one in part.items()}
    is_number = known.get("description") == NUMBER or known.get("format") == "decimal"
    return known | {"type": ["string", "number"]} if is_number else known


def _values_in(text: str) -> tuple[Any, dict[str, int]]:
    """What stands there, and the line of everything in it. Raises InvalidScenario."""
    lines: dict[str, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise InvalidScenario(f"line {line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise InvalidScenario(f"this is not YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise InvalidScenario("line 1: there is nothing; a scenario has a name and steps")
    return _plain(node, "$", lines), lines


def _plain(node: Any, path: str, lines: dict[str, int]) -> Any:
    """What stands there, as text, lists and dictionaries; and the line of everything in it."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _text(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, f"{path}[{place}]", lines) for place, one in enumerate(node.value)]
    values: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _wrong(key.start_mark, "a key must be a word")
        if _text(key) in values:
            raise _wrong(key.start_mark, f"{key.value[:40]!r} stands here twice")
        inner = f"{path}.{key.value}"
        lines[inner] = key.start_mark.line + 1
        values[key.value] = _plain(value, inner, lines)
    return values


def _text(node: Any) -> str:
    """What a word stands for; an escape may name half of a character, which no text has."""
    text: str = node.value
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _wrong(node.start_mark, "half of a surrogate pair is no character") from None
    return text


def _with_line(message: str, lines: dict[str, int]) -> str:
    what, path = message, "$"
    while found := _AT.fullmatch(what):
        # A part may tell of a place within it.
        what, path = found["what"], path + found["path"][1:]
    if unknown := _UNKNOWN.search(what):
        path = f"{path}.{unknown[1]}"
    shown = "".join(
        f".{name}" if name else f"[{place}]" for name, place in _PLACE.findall(path[1:])
    )
    return f"line {lines.get(path, 1)}: {shown.lstrip('.') or 'the scenario'}: {what}"


def _wrong(mark: Any, what: str) -> InvalidScenario:
    return InvalidScenario(f"line {mark.line + 1}: {what}")
