"""Addresses, signatures and errors of the native API.

A private request is signed with HMAC-SHA256 in hex over timestamp + method + path with its query
string + body, exactly as they are sent.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ccxt.base.errors import BaseError, ExchangeError
from ccxt.base.types import Entry

from hypersim.client.description import API, DESCRIPTION
from hypersim.client.errors import REASONS

if TYPE_CHECKING:
    from ccxt.base.exchange import Exchange as Mixin
else:
    # CCXT's own classes come in where a flavour is put together.
    Mixin = object

Params = Mapping[str, Any] | None
Data = dict[str, Any]

STREAM_PATH = "/v1/ws"


class Wire(Mixin):  # type: ignore[misc]
    """The lowest layer."""

    def describe(self) -> Data:
        """What the exchange is and can do."""
        description: Data = self.deep_extend(super().describe(), DESCRIPTION)
        return description

    def nonce(self) -> int:
        """Milliseconds by the clock that requests are stamped with."""
        now_ms: int = self.milliseconds()
        return now_ms - int(self.options["timeDifference"])

    def base_url(self, section: str) -> str:
        """Where that section of the API is. `urls["api"]` is one address, or one per section."""
        urls = self.urls["api"]
        if isinstance(urls, str):
            url = urls
        elif section in urls:
            url = urls[section]
        else:
            url = urls.get("public") or urls.get("rest") or next(iter(urls.values()))
        return url.rstrip("/")

    def stream_url(self) -> str:
        """Where the WebSocket is: `urls["api"]["ws"]`, or where the API is."""
        url = self.base_url("ws")
        if url.startswith("http"):
            url = "ws" + url.removeprefix("http")
        return url if url.endswith(STREAM_PATH) else url + STREAM_PATH

    def sign(
        self,
        path: str,
        api: Any = "public",
        method: str = "GET",
        params: Params = None,
        headers: Data | None = None,
        body: str | None = None,
    ) -> Data:
        """The request as it is sent."""
        section = api if isinstance(api, str) else api[0]
        params = dict(params or {})
        named = self.extract_params(path)
        encoded = {name: quote(str(params[name]), safe="") for name in named}
        rest = self.omit(params, named)
        url = f"{self.base_url(section)}/v1/{self.implode_params(path, encoded)}"
        headers = dict(headers or {})
        if method in ("POST", "PUT"):
            headers["Content-Type"] = "application/json"
            body = self.json(rest)
        elif rest:
            url += "?" + self.urlencode(rest)
        if section == "private":
            self.check_required_credentials()
            parts = urlsplit(url)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            headers.update(self._signature_headers(method + target + (body or "")))
        return {"url": url, "method": method, "body": body, "headers": headers}

    def signature(self, timestamp: str, signed: str) -> str:
        """HMAC-SHA256 in hex over timestamp + signed."""
        payload = (timestamp + signed).encode()
        return hmac.new(self.secret.encode(), payload, hashlib.sha256).hexdigest()

    def on_json_response(self, response_body: str) -> Any:
        """Numbers stay text until a structure needs them, so that no digit is lost."""
        return json.loads(response_body, parse_float=str)

    def handle_errors(
        self,
        code: int,
        reason: str,
        url: str,
        method: str,
        headers: Data,
        body: str,
        response: Any,
        *_: Any,
    ) -> None:
        """Raise what the answer says went wrong. Without a word from the exchange itself, CCXT
        goes by the status."""
        del code, reason, url, method, headers
        if isinstance(response, dict) and isinstance(response.get("error"), dict):
            raise self.error_of(response["error"], body)

    def error_of(self, error: Data, text: str) -> BaseError:
        """The exception for an `error` object of the API."""
        message = f"{self.id} {text}"
        code = error.get("code")
        found = self.exceptions["exact"].get(code, ExchangeError)
        details = error.get("details")
        if isinstance(details, dict):
            found = REASONS.get(str(details.get("reason")), found)
        made: BaseError = found(message)
        return made

    def _signature_headers(self, signed: str) -> dict[str, str]:
        timestamp = str(self.nonce())
        return {
            "X-API-KEY": self.apiKey,
            "X-API-TIMESTAMP": timestamp,
            "X-API-SIGNATURE": self.signature(timestamp, signed),
        }


def _add_implicit_methods() -> None:
    """`public_get_ticker_symbol` and its like: every endpoint, without any parsing."""
    for section, methods in API.items():
        for method, paths in methods.items():
            for path in paths:
                words = path.replace("{", "").replace("}", "").replace("/", "_")
                entry = Entry(path, section, method.upper(), {"cost": 1})
                camel = (
                    words.title().replace("_", "") if "_" in words else words[0].upper() + words[1:]
                )
                setattr(Wire, f"{section}_{method}_{words.lower()}", entry)
                setattr(Wire, section + method.capitalize() + camel, entry)


_add_implicit_methods()
