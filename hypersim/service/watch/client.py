"""A client that is watched: an API key, or an address of which no key is known."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple

import structlog

from hypersim.service.watch import rules
from hypersim.service.watch.facts import Fact
from hypersim.service.watch.requests import Moment
from hypersim.service.watch.rule import Finding, Rule, Verdict

log = structlog.get_logger(__name__)


class Judged(NamedTuple):
    """What one rule says of a client."""

    rule: str
    verdict: Verdict
    findings: Sequence[Finding]


class Watched:
    """What is known of one client. `key` is None where it is known by its address only."""

    def __init__(self, key: str | None = None) -> None:
        self.key = key
        self.requests = 0
        """How many it has sent."""
        self._rules: dict[str, Rule] = {name: kind() for name, kind in all_rules().items()}

    def hear(self, fact: Fact) -> None:
        """What has just happened. A rule with a bug is out of the game, and nobody else is hurt."""
        for name, rule in list(self._rules.items()):
            try:
                rule.hear(fact)
            except Exception as bug:
                log.error("a rule failed", rule=name, exc_info=bug)
                del self._rules[name]

    def judged(self, now: Moment) -> list[Judged]:
        """What every rule says."""
        found = {name: rule.findings(now) for name, rule in self._rules.items()}
        return [
            Judged(name, self._rules[name].verdict(findings), findings)
            for name, findings in found.items()
        ]


@cache
def all_rules() -> dict[str, type[Rule]]:
    """By name: each is a file of the folder `rules`, which exports `RULE`."""
    names = sorted(module.name for module in iter_modules(rules.__path__))
    return {name: import_module(f"{rules.__name__}.{name}").RULE for name in names}
