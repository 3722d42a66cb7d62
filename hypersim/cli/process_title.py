"""Keeps secrets out of the process list, where every user of the machine can read them."""

import re
import shlex
from collections.abc import Iterator, Sequence

from setproctitle import setproctitle

SECRET_OPTIONS = frozenset({"--token", "--password", "--api-secret", "--passphrase"})
_HIDDEN = "***"
_PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*:)[^\s]*(@)")
_PASSWORD_IN_QUERY = re.compile(r"([?&]password=)[^&\s]*", re.IGNORECASE)


def without_secrets(arguments: Sequence[str]) -> list[str]:
    """The command line as it may be shown: also `--token=TEXT`, and URLs wherever they stand."""
    return list(_shown(arguments))


def hide_secrets(arguments: Sequence[str]) -> None:
    """Have the process list show this process without its secrets; nothing if there are none."""
    shown = without_secrets(arguments)
    if shown != list(arguments):
        setproctitle(shlex.join(shown))


def _shown(arguments: Sequence[str]) -> Iterator[str]:
    before = ""
    for argument in arguments:
        option, is_joined, _ = argument.partition("=")
        if before in SECRET_OPTIONS:
            yield _HIDDEN
        elif is_joined and option in SECRET_OPTIONS:
            yield f"{option}={_HIDDEN}"
        else:
            without = _PASSWORD_IN_URL.sub(rf"\g<1>{_HIDDEN}\g<2>", argument)
            yield _PASSWORD_IN_QUERY.sub(rf"\g<1>{_HIDDEN}", without)
        before = argument
