"""Requests as an HTTP Archive, HAR 1.2, as browsers export it and their tools open it.

Fields and what must be there: http://www.softwareishard.com/blog/har-12-spec/. What is not known
is -1, as the format wants it. Fields that begin with an underscore are our own.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from hypersim import __version__
from hypersim.api.plain_json import iso
from hypersim.service.watch.requests import Request

UNKNOWN = -1
_WITH_BODY = ("POST", "PUT", "PATCH")
_FORM = "application/x-www-form-urlencoded"


def archive_of(requests: Iterable[Request], url: str) -> dict[str, Any]:
    """All of them; `url` is where the server was asked for it. A request of a WebSocket API has its
    method in place of HTTP's, and one that was not answered has status 0."""
    creator = {"name": "hypersim", "version": __version__}
    return {
        "log": {
            "version": "1.2",
            "creator": creator,
            "pages": [],
            "entries": [_entry(one, url) for one in requests],
        }
    }


def _entry(one: Request, url: str) -> dict[str, Any]:
    ended = one.ended or one.begun
    took_ms = ended.wall_ms - one.begun.wall_ms
    return {
        "startedDateTime": iso(one.begun.wall_ms),
        "time": took_ms,
        "request": _request(one, url),
        "response": _response(one),
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "comment": ", ".join(one.faults),
        "_id": one.id,
        "_key": one.key,
        "_timestamp": one.begun.time_ms,
        "_ms": ended.time_ms - one.begun.time_ms,
        "_code": one.code,
    }


def _request(one: Request, url: str) -> dict[str, Any]:
    sent = one.sent
    pairs = [{"name": name, "value": text} for name, text in one.parameters]
    has_body = sent.method in _WITH_BODY
    query = "" if has_body or not pairs else "?" + urlencode(one.parameters)
    told = {
        "method": sent.method,
        "url": f"{url}{sent.path}{query}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "queryString": [] if has_body else pairs,
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
    }
    if has_body and pairs:
        text = urlencode(one.parameters)
        told["postData"] = {"mimeType": _FORM, "params": pairs, "text": text}
    return told


def _response(one: Request) -> dict[str, Any]:
    status = one.status or 0
    known = status in HTTPStatus.__members__.values()
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if known else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": UNKNOWN, "mimeType": "application/json"},
        "redirectURL": "",
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
    }
