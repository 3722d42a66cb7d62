"""The rules of this code base that ruff, mypy and import-linter cannot state.

A rule takes a parsed module and yields what is wrong with it: the line, and what to write instead.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
NESTING_MAX = 3

_VAGUE_NAMES = frozenset(
    {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
)
_BLOCKS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b(?!: \w+ \w+)")


class Violation(NamedTuple):
    """What breaks a rule, where, and what to do instead."""

    line: int
    message: str


class Module(NamedTuple):
    """One source file. `path` is relative to the root of the project; `nodes` are all of the
    tree's."""

    path: Path
    source: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    @classmethod
    def parse(cls, path: Path, source: str) -> "Module":
        """Raise SyntaxError when `source` is not Python."""
        tree = ast.parse(source, filename=str(path))
        return cls(path, source, tree, tuple(ast.walk(tree)))

    def is_in(self, *folders: str) -> bool:
        """Whether the file is one of `folders`, or below it."""
        return any(self.path.is_relative_to(folder) for folder in folders)


Rule = Callable[[Module], Iterator[Violation]]


def file_is_short(module: Module) -> Iterator[Violation]:
    lines = module.source.count("\n")
    if lines > FILE_LINES_MAX:
        yield Violation(1, f"{lines} lines, more than {FILE_LINES_MAX}: split it by subject")


def functions_are_short(module: Module) -> Iterator[Violation]:
    for node in module.nodes:
        if not isinstance(node, _FUNCTIONS):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield Violation(
                node.lineno,
                f"{node.name} has {lines} lines, more than {FUNCTION_LINES_MAX}: "
                "name its steps and make each a function",
            )


def nesting_is_shallow(module: Module) -> Iterator[Violation]:
    """A function inside a function starts again at nought; `elif` and `case` add nothing."""
    for node in module.nodes:
        if not isinstance(node, _FUNCTIONS):
            continue
        depth = max((_depth(child) for child in node.body), default=0)
        if depth > NESTING_MAX:
            yield Violation(
                node.lineno,
                f"{node.name} nests {depth} blocks, more than {NESTING_MAX}: "
                "return early, or make the inner block a function",
            )


def _depth(node: ast.AST) -> int:
    if isinstance(node, _SCOPES):
        return 0
    inside = max((_depth(c) - _is_elif(node, c) for c in ast.iter_child_nodes(node)), default=0)
    return inside + isinstance(node, _BLOCKS)


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    """An `elif` is an If in its parent's else branch that starts in the parent's own column."""
    return (
        isinstance(parent, ast.If)
        and isinstance(child, ast.If)
        and child in parent.orelse
        and child.col_offset == parent.col_offset
    )


def module_has_docstring(module: Module) -> Iterator[Violation]:
    if module.tree.body and ast.get_docstring(module.tree) is None:
        yield Violation(1, "no module docstring: say in one line what this file is")


def file_has_something_of_its_own(module: Module) -> Iterator[Violation]:
    """Not only what others have, under a second name."""
    if not module.is_in("hypersim"):
        return
    body = [node for node in module.tree.body if not _is_text(node)]
    has_imports = any(isinstance(node, ast.Import | ast.ImportFrom) for node in body)
    if has_imports and all(map(_passes_on, body)):
        yield Violation(1, "only imports: let everybody import from where it is")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _passes_on(node: ast.stmt) -> bool:
    """An import, or another name for what was imported."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if not isinstance(node, ast.Assign):
        return False
    names = {one.id for one in node.targets if isinstance(one, ast.Name)}
    return "__all__" in names or isinstance(node.value, ast.Name | ast.Attribute)


def name_says_what_it_holds(module: Module) -> Iterator[Violation]:
    vague = {word for part in module.path.with_suffix("").parts for word in part.split("_")}
    for word in sorted(vague & _VAGUE_NAMES):
        yield Violation(1, f'the name "{word}" says nothing: name the file after what it holds')


def prints_only_in_cli(module: Module) -> Iterator[Violation]:
    if (
        not module.is_in("hypersim")
        or module.is_in("hypersim/cli")
        or module.is_in("hypersim/bench")
    ):
        return
    for call in _calls_of_name(module, "print"):
        yield Violation(call.lineno, "print() outside the command line: log it with structlog")


def clock_is_given(module: Module) -> Iterator[Violation]:
    if not module.is_in("hypersim"):
        return
    for node in module.nodes:
        if not isinstance(node, ast.Attribute) or node.attr not in {"now", "utcnow", "today"}:
            continue
        if _last_name(node.value) in {"datetime", "date", "dt"}:
            yield Violation(
                node.lineno,
                f"datetime.{node.attr}: take the time from the Clock that you are given",
            )


def money_is_exact(module: Module) -> Iterator[Violation]:
    if not module.is_in("hypersim/market", "hypersim/account", "hypersim/trading"):
        return
    for call in _calls_of_name(module, "float"):
        yield Violation(call.lineno, "float(): prices and amounts are Decimal")
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield Violation(node.lineno, f'{node.value} is inexact: write Decimal("{node.value}")')


def unfinished_work_has_a_reason(module: Module) -> Iterator[Violation]:
    if not _UNFINISHED.search(module.source):
        return
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT and _UNFINISHED.search(token.string):
            yield Violation(
                token.start[0], "unfinished work without a reason: finish it, or write why it waits"
            )


def imports_stand_at_the_top(module: Module) -> Iterator[Violation]:
    for function in module.nodes:
        if not isinstance(function, _FUNCTIONS):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield Violation(
                    node.lineno,
                    f"import inside {function.name}: move it to the top of the file; "
                    "if that makes a cycle, one of the two knows too much",
                )


def imports_are_absolute(module: Module) -> Iterator[Violation]:
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            yield Violation(node.lineno, "relative import: write the whole name, from hypersim...")


def environment_is_read_once(module: Module) -> Iterator[Violation]:
    if not module.is_in("hypersim") or module.is_in("hypersim/settings.py"):
        return
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in module.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in names:
                read = name
            case ast.ImportFrom(module="os") if found := names & {a.name for a in node.names}:
                read = found.pop()
            case _:
                continue
        yield Violation(
            node.lineno, f"os.{read}: make it a field of Settings and take it as an argument"
        )


def writers_state_is_the_engines(module: Module) -> Iterator[Violation]:
    outside = ("hypersim/dialects", "hypersim/admin", "hypersim/api")
    if not any(map(module.is_in, outside)):
        return
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "exchange":
            yield Violation(
                node.lineno, "the writer's state: read the view, or let the command be decided"
            )


def _calls_of_name(module: Module, name: str) -> Iterator[ast.Call]:
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _last_name(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None


RULES: tuple[Rule, ...] = (
    file_is_short,
    functions_are_short,
    nesting_is_shallow,
    module_has_docstring,
    file_has_something_of_its_own,
    name_says_what_it_holds,
    prints_only_in_cli,
    clock_is_given,
    money_is_exact,
    unfinished_work_has_a_reason,
    imports_stand_at_the_top,
    imports_are_absolute,
    environment_is_read_once,
    writers_state_is_the_engines,
)
