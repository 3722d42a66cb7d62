"""Every source file keeps the rules of code_rules.py, and every rule bites."""

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.meta import code_rules
from tests.meta.code_rules import RULES, Module, Rule

ROOT = Path(__file__).parents[2]
FOLDERS = ("hypersim", "tests", "scripts", "migrations")

BAD: dict[Rule, list[tuple[str, str]]] = {
    code_rules.file_is_short: [("hypersim/a.py", '"""Doc."""\n' + "x = 1\n" * 300)],
    code_rules.functions_are_short: [
        ("hypersim/a.py", "def f():\n" + "    x = 1\n" * 50),
        ("tests/test_a.py", "async def f():\n" + "    x = 1\n" * 50),
    ],
    code_rules.nesting_is_shallow: [
        ("hypersim/a.py", "def f():\n for a in b:\n  if a:\n   with a:\n    while a: pass\n"),
        (
            "hypersim/a.py",
            "def f():\n if a: pass\n else:\n  if b:\n   try:\n    if c: pass\n   finally: pass\n",
        ),
        (
            "hypersim/a.py",
            "def f():\n match a:\n  case 1:\n   if b:\n    for c in d:\n     if e: pass\n",
        ),
        (
            "hypersim/a.py",
            "def f():\n try: pass\n except E:\n  if a:\n   if b:\n    if c: pass\n",
        ),
    ],
    code_rules.module_has_docstring: [
        ("hypersim/a.py", "x = 1\n"),
        ("tests/test_a.py", "# Hm\nx = 1\n"),
    ],
    code_rules.file_has_something_of_its_own: [
        ("hypersim/a/__init__.py", '"""Doc."""\nfrom hypersim.a.b import c\n__all__ = ["c"]\n'),
        ("hypersim/a.py", '"""Doc."""\nimport hypersim.b\nc = hypersim.b.c\n"""Known as c."""\n'),
    ],
    code_rules.name_says_what_it_holds: [
        ("hypersim/utils.py", ""),
        ("hypersim/common/order.py", ""),
        ("tests/order_helpers.py", ""),
    ],
    code_rules.prints_only_in_cli: [("hypersim/service/a.py", "print(1)\n")],
    code_rules.clock_is_given: [
        ("hypersim/trading/a.py", "import datetime\nx = datetime.datetime.now()\n"),
        ("hypersim/feeds/a.py", "from datetime import datetime\nx = datetime.now(UTC)\n"),
        ("hypersim/api/a.py", "import datetime as dt\nx = dt.date.today()\n"),
        ("hypersim/api/a.py", "default_factory = datetime.utcnow\n"),
    ],
    code_rules.money_is_exact: [
        ("hypersim/market/a.py", "x = float(price)\n"),
        ("hypersim/account/a.py", "x = 0.1\n"),
        ("hypersim/trading/fees/a.py", "x = -1e-8\n"),
    ],
    code_rules.unfinished_work_has_a_reason: [
        ("hypersim/a.py", "x = 1  # TODO\n"),
        ("tests/a.py", "# FIXME later\n"),
    ],
    code_rules.imports_stand_at_the_top: [
        ("hypersim/a.py", "def f():\n    import os\n"),
        ("tests/a.py", "async def f():\n    if x:\n        from a import b\n"),
    ],
    code_rules.imports_are_absolute: [
        ("hypersim/a.py", "from . import b\n"),
        ("tests/a.py", "from .b import c\n"),
    ],
    code_rules.environment_is_read_once: [
        ("hypersim/storage/a.py", "import os\nx = os.environ['A']\n"),
        ("hypersim/cli/a.py", "import os\nx = os.getenv('A')\n"),
        ("hypersim/cli/a.py", "from os import environ\n"),
    ],
    code_rules.writers_state_is_the_engines: [
        ("hypersim/dialects/native/a.py", "x = services.engine.exchange.state\n"),
        ("hypersim/admin/a.py", "x = engine.exchange\n"),
    ],
}

GOOD: dict[Rule, list[tuple[str, str]]] = {
    code_rules.file_is_short: [("hypersim/a.py", "x = 1\n" * 300)],
    code_rules.functions_are_short: [("hypersim/a.py", "@d\ndef f():\n" + "    x = 1\n" * 49)],
    code_rules.nesting_is_shallow: [
        (
            "hypersim/a.py",
            "def f():\n if a: pass\n elif b: pass\n elif c: pass\n elif d: pass\n else: pass\n",
        ),
        ("hypersim/a.py", "def f():\n for a in b:\n  match a:\n   case 1:\n    if c: pass\n"),
        (
            "hypersim/a.py",
            "def f():\n with a:\n  with b:\n   def g():\n    if c:\n     if d: pass\n",
        ),
    ],
    code_rules.file_has_something_of_its_own: [
        ("hypersim/a/__init__.py", '"""Doc."""\n'),
        ("hypersim/a.py", '"""Doc."""\nfrom hypersim.a.b import c\nd = c("e")\n'),
        ("hypersim/__main__.py", '"""Doc."""\nfrom hypersim.cli import main\nmain()\n'),
    ],
    code_rules.module_has_docstring: [
        ("hypersim/a.py", '"""Doc."""\n'),
        ("tests/a/__init__.py", ""),
    ],
    code_rules.name_says_what_it_holds: [("hypersim/utilization.py", "")],
    code_rules.prints_only_in_cli: [
        ("hypersim/cli/a.py", "print(1)\n"),
        ("scripts/a.py", "print(1)\n"),
    ],
    code_rules.clock_is_given: [("hypersim/service/a.py", "x = self.clock.now()\n")],
    code_rules.money_is_exact: [
        ("hypersim/market/a.py", "x = isinstance(y, float)\nz = 1\n"),
        ("hypersim/service/a.py", "x = 0.5\n"),
    ],
    code_rules.unfinished_work_has_a_reason: [
        ("hypersim/a.py", 'x = "TODO"  # TODO: waits for the release of litestar 3\n')
    ],
    code_rules.imports_stand_at_the_top: [("hypersim/a.py", "if TYPE_CHECKING:\n    import os\n")],
    code_rules.imports_are_absolute: [("hypersim/a.py", "from hypersim.market import b\n")],
    code_rules.environment_is_read_once: [
        ("hypersim/settings.py", "import os\nx = os.environ\n"),
        ("hypersim/storage/a.py", "import os\nx = os.getpid()\n"),
        ("scripts/a.py", "import os\nx = os.environ\n"),
    ],
    code_rules.writers_state_is_the_engines: [
        ("hypersim/dialects/native/a.py", "x = services.engine.view\n"),
        ("hypersim/service/a.py", "x = self.exchange.state\n"),
    ],
}


def _cases(table: dict[Rule, list[tuple[str, str]]]) -> list[ParameterSet]:
    return [
        pytest.param(rule, path, source, id=f"{rule.__name__}-{number}")
        for rule, snippets in table.items()
        for number, (path, source) in enumerate(snippets)
    ]


def test_the_code_keeps_every_rule() -> None:
    # One test for all rules, as reading the code takes longer than judging it.
    sources = [p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))]
    assert sources, "found no source files"
    found = []
    for path in sources:
        module = Module.parse(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
        for rule in RULES:
            violations = rule(module)
            found += [f"{module.path}:{v.line}: {v.message} ({rule.__name__})" for v in violations]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(("rule", "path", "source"), _cases(BAD))
def test_the_rule_bites(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module.parse(Path(path), source)))


@pytest.mark.parametrize(("rule", "path", "source"), _cases(GOOD))
def test_the_rule_lets_good_code_pass(rule: Rule, path: str, source: str) -> None:
    assert not list(rule(Module.parse(Path(path), source)))


def test_every_rule_is_proven_both_ways() -> None:
    assert set(RULES) == set(BAD) == set(GOOD)
