"""Who a trusted proxy says that it speaks for: `Forwarded` (RFC 7239) and `X-Forwarded-For`.

Every proxy adds its peer at the right, so only what trusted proxies wrote may be believed: the
client is the rightmost address that is not one of theirs. What stands left of it a client may have
made up.
"""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address
Header = tuple[bytes, bytes]

FORWARDED, X_FORWARDED_FOR = b"forwarded", b"x-forwarded-for"
HOPS_MAX = 32
"""Further proxies than these are not looked for."""

_PAIR = re.compile(
    r'\s*([!#$%&\'*+.^_`|~\w-]+)=("(?:[^"\\]|\\.)*"|[!#$%&\'*+.^_`|~\w-]+)\s*', re.ASCII
)
_WITH_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?", re.ASCII)


class Contradiction(Exception):
    """Two headers name different clients, and only one of them can be the proxy's."""


def plain_address(text: str) -> Address:
    """An address; one of IPv4 that came through a socket for both protocols
    (`::ffff:192.0.2.1`) as what it is. Raises ValueError."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def forwarded_client(
    peer: Address, headers: Iterable[Header], is_trusted: Callable[[Address], bool]
) -> Address:
    """The client that `peer`, a trusted proxy, speaks for; `peer` itself where it does not say.
    Raises `Contradiction`."""
    standard, usual = [], []
    for name, value in headers:
        if name == FORWARDED:
            standard.append(value.decode("latin-1"))
        elif name == X_FORWARDED_FOR:
            usual.append(value.decode("latin-1"))
    clients = {
        _rightmost(peer, hops, is_trusted)
        for hops in (_hops_of_forwarded(",".join(standard)), _hops(",".join(usual)))
        if hops
    }
    if len(clients) > 1:
        raise Contradiction
    return clients.pop() if clients else peer


def _rightmost(
    peer: Address, hops: list[Address | None], is_trusted: Callable[[Address], bool]
) -> Address:
    """The last hop that is no proxy of ours. One that cannot be read ends the search at the proxy
    that wrote it."""
    known = peer
    for hop in reversed(hops[-HOPS_MAX:]):
        if hop is None:
            return known
        if not is_trusted(hop):
            return hop
        known = hop
    return known


def _hops(text: str) -> list[Address | None]:
    return [_address(part.strip()) for part in text.split(",")] if text else []


def _hops_of_forwarded(text: str) -> list[Address | None]:
    return [_for(element) for element in _split(text, ",")] if text else []


def _for(element: str) -> Address | None:
    """The address of the one `for` in it; None for what is hidden, unknown, or not to be read."""
    pairs = [_PAIR.fullmatch(pair) for pair in _split(element, ";")]
    named = [pair[2] for pair in pairs if pair is not None and pair[1].lower() == "for"]
    if None in pairs or len(named) != 1:
        return None
    return _address(named[0].strip('"'))


def _split(text: str, separator: str) -> list[str]:
    """At separators outside of quotes."""
    parts, start, is_quoted = [], 0, False
    for position, letter in enumerate(text):
        if letter == '"':
            is_quoted = not is_quoted
        elif letter == separator and not is_quoted:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _address(text: str) -> Address | None:
    """An address, perhaps with brackets and a port."""
    match = _WITH_PORT.fullmatch(text)
    try:
        return plain_address(text if match is None else match[1] or match[2])
    except ValueError:
        return None
