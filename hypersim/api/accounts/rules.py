"""What an account's email, API keys and references may look like, wherever they come in.

All text is printable: a NUL, which JSON can carry, is more than the record can hold.
"""

import re
from collections.abc import Sequence

from hypersim.service.credentials import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    is_network,
)

LABEL_LENGTH_MAX = 64
ALLOWED_IPS_MAX = 32
REFERENCE_LENGTH_MAX = 200

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{1,63}", re.ASCII)


def is_email(text: str) -> bool:
    """Whether it can be an email address."""
    return bool(_EMAIL.fullmatch(text)) and text.isprintable()


def password_problem(password: str) -> str | None:
    """What is wrong with a new password; None when nothing is."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        return f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters"
    return None


def key_problem(
    label: str, permissions: Sequence[object], allowed_ips: Sequence[str]
) -> str | None:
    """What is wrong with the wish for an API key; None when nothing is."""
    if len(label) > LABEL_LENGTH_MAX or not label.isprintable():
        return f"label has at most {LABEL_LENGTH_MAX} printable characters"
    if not permissions:
        return "permissions must name at least one of read, trade, withdraw"
    if len(allowed_ips) > ALLOWED_IPS_MAX:
        return f"allowedIps has at most {ALLOWED_IPS_MAX} entries"
    for text in allowed_ips:
        # A scope, as in fe80::1%eth0, is any text for the library; the record ends it at a blank.
        if not is_network(text) or not text.isprintable() or " " in text:
            return f"allowedIps: {text[:40]!r} is not an IP address or network"
    return None
