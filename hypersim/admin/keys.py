"""API keys: issue (also with fixed credentials, for scripted set-ups), list, revoke.

Requests are signed with a secret that the exchange draws, or with a private key that it never sees:
then the public half is registered instead.
"""

import re
from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from hypersim.account.user import ApiKey, KeyKind, Permission, Secret, User
from hypersim.admin.bodies import issued_key_body, key_body, reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminRequest, invalid, refused
from hypersim.admin.parsing import decode, query_of, user_of
from hypersim.admin.public_keys import read_public_key
from hypersim.api.accounts.rules import key_problem
from hypersim.api.services import Services
from hypersim.service.chance import Purpose, url_text
from hypersim.service.credentials import VENUE_KEY_LENGTH, new_key
from hypersim.service.engine import Engine
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import IssueKey, RevokeKey
from hypersim.trading.events import KeyChanged
from hypersim.trading.rejections import Rejected

PASSPHRASE_BYTES = 12

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)
"""Fits into a path as it is."""

_CREDENTIAL = re.compile(r"[!-~]{1,256}", re.ASCII)


class KeyWish(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What a key should be; what is left out is drawn. No `allowedIps` means from anywhere. With a
    `publicKey` (PEM) there is no secret, and its kind need not be said."""

    label: str = ""
    permissions: list[Permission] = msgspec.field(default_factory=lambda: list(Permission))
    allowed_ips: list[str] = []
    api_key: str | None = None
    api_secret: str | None = None
    passphrase: str | None = None
    kind: KeyKind | None = None
    public_key: str | None = None


class KeyRequest(KeyWish, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Body of `POST /admin/keys`. `user` is an email or an id."""

    user: str | int


_decoder = msgspec.json.Decoder(KeyRequest)


def key_handlers(services: Services) -> list[Any]:
    """The handlers for API keys."""
    engine, view = services.engine, services.engine.view

    @post(
        "/admin/keys",
        status_code=201,
        summary="A new API key; the secret is shown once",
        operation_class=takes(KeyRequest),
    )
    async def create(request: AdminRequest) -> Response[bytes]:
        wanted = decode(_decoder, await request.body())
        user = user_of(view, wanted.user)
        check_key_wish(wanted)
        return reply(issued_key_body(await issue_key(engine, user, wanted), user.email), 201)

    @get("/admin/keys", summary="API keys without their secrets, oldest first; ?user=")
    async def list_keys(request: AdminRequest) -> Response[bytes]:
        name = query_of(request, "user").get("user")
        owner = user_of(view, name).id if name else None
        keys = [key for key in view.keys.values() if owner in (None, key.account_id)]
        return reply([key_body(key, view.users[key.account_id].email) for key in keys])

    @delete("/admin/keys/{api_key:str}", status_code=200, summary="Revoke an API key for good")
    async def revoke(request: AdminRequest, api_key: FromPath[str]) -> Response[bytes]:
        query_of(request)
        outcome = await engine.submit(RevokeKey(api_key), Source.ADMIN)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        key = outcome.first(KeyChanged).key
        return reply(key_body(key, view.users[key.account_id].email))

    return [create, list_keys, revoke]


def check_key_wish(wanted: KeyWish) -> None:
    """Raises `AdminError` when no such key can be."""
    if problem := key_problem(wanted.label, wanted.permissions, wanted.allowed_ips):
        raise invalid(problem)
    if wanted.api_key is not None and not _NAME.fullmatch(wanted.api_key):
        raise invalid("apiKey must be 1 to 128 letters, digits, or . _ ~ -", field="apiKey")
    for field, text in (("apiSecret", wanted.api_secret), ("passphrase", wanted.passphrase)):
        if text is not None and not _CREDENTIAL.fullmatch(text):
            message = f"{field} must be 1 to 256 printable ASCII characters without spaces"
            raise invalid(message, field=field)
    credential_of(wanted)


def credential_of(wanted: KeyWish) -> tuple[KeyKind, Secret | None]:
    """How requests are signed, and what checks that; None for a secret that is yet to be drawn.
    Raises `AdminError`."""
    fixed, public_key = wanted.api_secret, wanted.public_key
    if public_key is None:
        if wanted.kind not in (None, KeyKind.HMAC):
            message = f"An {wanted.kind} key is made on your side: send its publicKey"
            raise invalid(message, field="publicKey")
        return KeyKind.HMAC, None if fixed is None else Secret(fixed)
    if wanted.kind is KeyKind.HMAC or fixed is not None:
        raise invalid("A key with a publicKey has no secret", field="publicKey")
    kind, pem = read_public_key(public_key, wanted.kind)
    return kind, Secret(pem)


async def issue_key(engine: Engine, user: User, wanted: KeyWish) -> ApiKey:
    """A key that can sign from now on. Raises `AdminError`."""
    name, drawn = new_key(VENUE_KEY_LENGTH)
    kind, secret = credential_of(wanted)
    command = IssueKey(
        user.id,
        wanted.api_key or name,
        secret or drawn,
        wanted.label,
        kind,
        passphrase=Secret(wanted.passphrase or url_text(Purpose.PASSPHRASE, PASSPHRASE_BYTES)),
        permissions=frozenset(wanted.permissions),
        allowed_ips=tuple(wanted.allowed_ips),
    )
    outcome = await engine.submit(command, Source.ADMIN)
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    return outcome.first(KeyChanged).key
