"""The same bytes to our protocol and to uvicorn's own on h11, with the same echo behind both: what
the one refuses the other may not serve, and what both serve is the same."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.two_protocols import (
    both,
    check,
    ours,
    outcome_of,
)

HEAD = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\n"


NEXT = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


NASTY = {
    "plain": HEAD + b"Content-Length: 3\r\n\r\nabc",
    "no body": HEAD + b"\r\n",
    "bare LF": b"GET / HTTP/1.1\nHost: x\n\n",
    "bare LF after a header": HEAD + b"A: b\nContent-Length: 3\r\n\r\nabc",
    "bare CR": HEAD + b"A: b\rContent-Length: 3\r\n\r\nabc",
    "CR CR LF": HEAD + b"A: b\r\r\nContent-Length: 3\r\n\r\nabc",
    "length twice": HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    "list of lengths": HEAD + b"Content-Length: 3, 3\r\n\r\nabc",
    "plus length": HEAD + b"Content-Length: +3\r\n\r\nabc",
    "minus length": HEAD + b"Content-Length: -3\r\n\r\nabc",
    "hex length": HEAD + b"Content-Length: 0x3\r\n\r\nabc",
    "length of spaces": HEAD + b"Content-Length: 3 3\r\n\r\nabc",
    "empty length": HEAD + b"Content-Length: \r\n\r\nabc",
    "leading zeros": HEAD + b"Content-Length: 0003\r\n\r\nabc",
    "huge length": HEAD + b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "underscore": HEAD + b"Content_Length: 3\r\n\r\nabc",
    "length and chunked": HEAD + b"Content-Length: 3\r\n" + CHUNKED + b"0\r\n\r\n",
    "chunked and length": HEAD + CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n0\r\n\r\n",
    "gzip": HEAD + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    "gzip, chunked": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked, identity": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + CHUNKED[:-2] + CHUNKED + b"0\r\n\r\n",
    "xchunked": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "tab chunked": HEAD + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
    "VT chunked": HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "CHUNKED": HEAD + b"Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n",
    "chunked in 1.0": b"POST / HTTP/1.0\r\n" + CHUNKED + b"0\r\n\r\n",
    "chunks": HEAD + CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    "extension": HEAD + CHUNKED + b"3;a=b\r\nabc\r\n0\r\n\r\n",
    "trailer": HEAD + CHUNKED + b"3\r\nabc\r\n0\r\nHost: y\r\nContent-Length: 9\r\n\r\n",
    "chunk 0x": HEAD + CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "chunk plus": HEAD + CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n",
    "chunk minus": HEAD + CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "chunk space": HEAD + CHUNKED + b"3 \r\nabc\r\n0\r\n\r\n",
    "chunk LF": HEAD + CHUNKED + b"3\nabc\r\n0\r\n\r\n",
    "chunk without end": HEAD + CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n",
    "chunk too long": HEAD + CHUNKED + b"3\r\nab\r\n0\r\n\r\n",
    "chunk of 2**64": HEAD + CHUNKED + b"10000000000000003\r\nabc\r\n0\r\n\r\n",
    "empty chunk size": HEAD + CHUNKED + b"\r\nabc\r\n0\r\n\r\n",
    "folding": HEAD + b"A: b\r\n Content-Length: 3\r\n\r\nabc",
    "folding of the first": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "folded chunked": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "NUL in a value": HEAD + b"A: b\0c\r\n\r\n",
    "NUL in a name": HEAD + b"A\0: b\r\n\r\n",
    "NUL in the path": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "space before colon": HEAD + b"Content-Length : 3\r\n\r\nabc",
    "space before name": HEAD + b" Content-Length: 3\r\n\r\nabc",
    "no name": HEAD + b": 3\r\n\r\nabc",
    "no colon": HEAD + b"Content-Length 3\r\n\r\nabc",
    "1.0": b"GET / HTTP/1.0\r\n\r\n",
    "1.0 keeps": b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "0.9": b"GET /\r\n",
    "0.9 said": b"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
    "1.2": b"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
    "2.0": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "1.10": b"GET / HTTP/1.10\r\nHost: x\r\n\r\n",
    "small http": b"GET / http/1.1\r\nHost: x\r\n\r\n",
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "RTSP": b"DESCRIBE / RTSP/1.0\r\nHost: x\r\n\r\n",
    "small method": b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "absolute form": b"GET http://x/a?b HTTP/1.1\r\nHost: x\r\n\r\n",
    "another's absolute form": b"GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "absolute form with a user": b"GET http://y@x/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "authority form": b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET *": b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "two slashes": b"GET //x/y HTTP/1.1\r\nHost: x\r\n\r\n",
    "fragment": b"GET /a#b?c HTTP/1.1\r\nHost: x\r\n\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
    "space in the path": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "tab": b"GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "not ASCII": b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "empty lines first": b"\r\n\r\n" + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "LF first": b"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "CR first": b"\rGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "CR CR LF first": b"\r\n\r\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "LF between": HEAD + b"Content-Length: 3\r\n\r\nabc\n",
    "CR between": HEAD + b"\r\n\r\n\r\r\n",
    "space first": b" GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "two spaces before the version": b"GET /  HTTP/1.1\r\nHost: x\r\n\r\n",
    "space behind the version": b"GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
    "expect": HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "expect more": HEAD + b"Expect: 200-ok\r\nContent-Length: 3\r\n\r\nabc",
    "close": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "upgrade to h2c": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "upgrade with a body": HEAD
    + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
    "GET with a body": b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("rest", [b"", NEXT], ids=["alone", "with another behind it"])
async def test_what_one_refuses_the_other_does_not_serve(name: str, rest: bytes) -> None:
    check(*await both([NASTY[name] + rest]))


@pytest.mark.parametrize("name", ["plain", "chunks", "extension", "expect", "close"])
async def test_ours_is_no_stricter_with_what_clients_send(name: str) -> None:
    mine, theirs = await both([NASTY[name] + NEXT])
    assert mine == theirs
    assert mine.heard


@settings(max_examples=3 * settings().max_examples, deadline=None)
@given(name=st.sampled_from(sorted(NASTY)), cuts=st.sets(st.integers(1, 200), max_size=12))
def test_it_does_not_matter_where_the_bytes_are_cut(name: str, cuts: set[int]) -> None:
    sent = NASTY[name] + NEXT
    ends = [*sorted(cut for cut in cuts if cut < len(sent)), len(sent)]
    pieces = [sent[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert asyncio.run(outcome_of(ours, pieces)) == asyncio.run(outcome_of(ours, [sent]))


async def test_it_does_not_matter_if_every_byte_comes_alone() -> None:
    for name, sent in NASTY.items():
        pieces = [bytes([byte]) for byte in sent + NEXT]
        assert await outcome_of(ours, pieces) == await outcome_of(ours, [sent + NEXT]), name


LINES = (
    b"Host: x",
    b"Host: y",
    b"Content-Length: 5",
    b"Content-Length: 0",
    b"content-length: 05",
    b"Transfer-Encoding: chunked",
    b"transfer-encoding: identity",
    b"Transfer-Encoding : chunked",
    b"Connection: close",
    b"Connection: Upgrade",
    b"Connection: Content-Length, Upgrade",
    b"Upgrade: h2c",
    b"Expect: 100-continue",
    b" folded",
    b"A: \x80\xff",
    b"",
)


BODIES = (b"", b"5\r\n", b"0\r\n\r\n", b"abcde", b"\r\n", b"5;x\r\nabcde\r\n", NEXT)


BREAKS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r")


@settings(max_examples=3 * settings().max_examples, deadline=None)
@given(
    first=st.sampled_from((b"GET / HTTP/1.1", b"POST /a HTTP/1.1", b"POST /a HTTP/1.0")),
    lines=st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(BREAKS)), max_size=6),
    bodies=st.lists(st.sampled_from(BODIES), max_size=5),
)
def test_no_mixture_of_heads_and_bodies_is_served_otherwise(
    first: bytes, lines: list[tuple[bytes, bytes]], bodies: list[bytes]
) -> None:
    head = b"".join(line + end for line, end in [(first, b"\r\n"), (b"Host: x", b"\r\n"), *lines])
    sent = head + b"\r\n" + b"".join(bodies)
    check(*asyncio.run(both([sent])))


@settings(max_examples=3 * settings().max_examples, deadline=None)
@given(
    name=st.sampled_from(sorted(NASTY)),
    place=st.integers(0, 200),
    instead=st.sampled_from([b"", *(bytes([byte]) for byte in b"\0\t\n\r :;,+-0_aZ\x7f\x80\xff")]),
    is_inserted=st.booleans(),
)
def test_no_byte_makes_the_one_serve_what_the_other_refuses(
    name: str, place: int, instead: bytes, is_inserted: bool
) -> None:
    sent = NASTY[name]
    place %= len(sent)
    sent = sent[:place] + instead + sent[place + (not is_inserted) :] + NEXT
    check(*asyncio.run(both([sent])))
