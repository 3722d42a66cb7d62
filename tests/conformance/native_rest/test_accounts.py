"""Registering, logging in, and keys with permissions and addresses."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.native_account import Account, error_of, exact
from tests.support.native_client import NativeClient
from tests.support.server import ServerProcess

PASSWORD = "correct horse battery"
_emails = (f"person{number}@example.com" for number in itertools.count())


class Person:
    """Somebody who registered."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.email = next(_emails)
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30)
        response = self.http.post("/v1/register", json=self.login)
        assert response.status_code == 201, response.text
        self.registered = exact(response)
        self._token = ""

    @property
    def login(self) -> dict[str, str]:
        return {"email": self.email, "password": PASSWORD}

    def token(self) -> dict[str, str]:
        """The header of somebody who logged in, which is done once: it takes long, on purpose."""
        if not self._token:
            response = self.http.post("/v1/login", json=self.login)
            assert response.status_code == 200, response.text
            self._token = exact(response)["token"]
        return {"Authorization": f"Bearer {self._token}"}

    def new_key(self, **wish: Any) -> dict[str, Any]:
        response = self.http.post("/v1/keys", json=wish, headers=self.token())
        assert response.status_code == 201, response.text
        key: dict[str, Any] = exact(response)
        return key


@pytest.fixture
def person(rest_server: ServerProcess) -> Iterator[Person]:
    made = Person(rest_server.url)
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def settled(rest_server: ServerProcess) -> Iterator[Person]:
    """Whose one key stays as it is: for tests that change nothing, which share them."""
    made = Person(rest_server.url)
    yield made
    made.http.close()


def asking(person: Person, key: dict[str, Any]) -> NativeClient:
    return NativeClient(person.url, key["apiKey"], key["apiSecret"])


def test_who_registers_gets_a_key_that_works_at_once(settled: Person) -> None:
    found = settled.registered
    assert found["email"] == settled.email
    assert (len(found["apiKey"]), len(found["apiSecret"])) == (32, 64)
    with asking(settled, found) as client:
        assert client.get("/v1/balance").status_code == 200


def test_an_email_can_register_once(settled: Person) -> None:
    for email in (settled.email, settled.email.upper()):
        response = settled.http.post("/v1/register", json={**settled.login, "email": email})
        assert error_of(response) == (409, "EMAIL_TAKEN")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nobody",
        "a@b",
        "a b@c.de",
        "a\u0000@b.de",
        "@b.de",
        "a@b..",
        "a" * 65 + "@b.de",
        "\ud7ff@x",
    ],
)
def test_what_is_no_email_cannot_register(settled: Person, email: str) -> None:
    response = settled.http.post("/v1/register", json={**settled.login, "email": email})
    assert error_of(response) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_has_a_length(settled: Person, password: str) -> None:
    response = settled.http.post(
        "/v1/register", json={"email": next(_emails), "password": password}
    )
    assert error_of(response) == (400, "INVALID_REQUEST")


def test_a_wrong_login_does_not_tell_what_was_wrong(person: Person) -> None:
    wrong = person.http.post("/v1/login", json={**person.login, "password": "something else"})
    unknown = person.http.post("/v1/login", json={**person.login, "email": "nobody@example.com"})
    assert error_of(wrong) == error_of(unknown) == (401, "INVALID_CREDENTIALS")
    assert wrong.content == unknown.content


@pytest.mark.parametrize("token", ["x", "1.2.3", "Bearer", "1.99999999999999.00", "\u00e9"])
def test_a_forged_token_is_refused(settled: Person, token: str) -> None:
    headers = {b"Authorization": b"Bearer " + token.encode("latin-1")}
    response = settled.http.get("/v1/keys", headers=headers)
    assert response.status_code == 401
    assert error_of(response)[1] in ("INVALID_CREDENTIALS", "INVALID_API_KEY")


def test_a_token_of_somebody_else_shows_their_keys_only(person: Person) -> None:
    other = Person(person.url)
    mine = exact(person.http.get("/v1/keys", headers=person.token()))
    theirs = exact(other.http.get("/v1/keys", headers=other.token()))
    other.http.close()
    assert {key["apiKey"] for key in mine}.isdisjoint(key["apiKey"] for key in theirs)


def test_a_secret_is_shown_once(person: Person) -> None:
    key = person.new_key(label="bot")
    listed = person.http.get("/v1/keys", headers=person.token())
    assert key["apiSecret"] not in listed.text
    assert person.registered["apiSecret"] not in listed.text
    assert [row["label"] for row in exact(listed)] == ["first", "bot"]


def test_a_reading_key_reads_and_changes_nothing(person: Person) -> None:
    key = person.new_key(permissions=["read"])
    with asking(person, key) as client:
        assert client.get("/v1/balance").status_code == 200
        refused = [
            client.order("buy", "0.01", "49000"),
            client.delete("/v1/order/1"),
            client.put("/v1/order/1", {"amount": "1"}),
            client.delete("/v1/orders/open"),
            client.post("/v1/keys", {}),
            client.delete(f"/v1/keys/{key['apiKey']}"),
        ]
    assert {error_of(response) for response in refused} == {(403, "PERMISSION_DENIED")}


def test_a_trading_key_alone_reads_nothing(person: Person) -> None:
    with asking(person, person.new_key(permissions=["trade"])) as client:
        assert error_of(client.get("/v1/balance")) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("allowed", [["127.0.0.1"], ["127.0.0.0/8"], ["10.0.0.1", "127.0.0.1/32"]])
def test_a_key_works_from_its_addresses(person: Person, allowed: list[str]) -> None:
    with asking(person, person.new_key(allowedIps=allowed)) as client:
        assert client.get("/v1/balance").status_code == 200


def test_a_key_does_not_work_from_elsewhere(person: Person) -> None:
    key = person.new_key(allowedIps=["10.0.0.0/8"])
    with asking(person, key) as client:
        client.http.headers["X-Forwarded-For"] = "10.0.0.1"
        assert error_of(client.get("/v1/balance")) == (401, "INVALID_API_KEY")
        assert error_of(client.order("buy", "0.01", "49000")) == (401, "INVALID_API_KEY")


def test_a_revoked_key_never_works_again(person: Person) -> None:
    key = person.new_key()
    response = person.http.delete(f"/v1/keys/{key['apiKey']}", headers=person.token())
    assert response.status_code == 200
    assert exact(response)["revoked"] is True
    with asking(person, key) as client:
        assert error_of(client.get("/v1/balance")) == (401, "INVALID_API_KEY")
    gone = person.http.delete("/v1/keys/nosuchkey", headers=person.token())
    assert error_of(gone) == (404, "KEY_NOT_FOUND")


def test_somebody_elses_key_cannot_be_revoked(person: Person, account: Account) -> None:
    response = person.http.delete(f"/v1/keys/{account.client.key}", headers=person.token())
    assert error_of(response) == (404, "KEY_NOT_FOUND")
    assert account.client.get("/v1/balance").status_code == 200


@pytest.mark.parametrize(
    "wish",
    [
        {"permissions": []},
        {"permissions": ["own"]},
        {"permissions": "read"},
        {"allowedIps": ["everywhere"]},
        {"allowedIps": ["10.0.0.1/33"]},
        {"allowedIps": ["fe80::1%\u0000"]},
        {"allowedIps": ["10.0.0.1"] * 33},
        {"label": "x" * 65},
        {"label": "a\u0000b"},
        {"label": 5},
        {"secret": "mine"},
        [],
    ],
)
def test_a_key_that_cannot_be_is_refused(settled: Person, wish: Any) -> None:
    response = settled.http.post("/v1/keys", json=wish, headers=settled.token())
    assert error_of(response) == (400, "INVALID_REQUEST")
    assert len(exact(settled.http.get("/v1/keys", headers=settled.token()))) == 1


def test_a_key_makes_no_keys(person: Person) -> None:
    for key in (person.registered, person.new_key(permissions=["trade"])):
        with asking(person, key) as client:
            response = client.post("/v1/keys", {"permissions": ["read", "trade"]})
        assert error_of(response) == (403, "PERMISSION_DENIED")
    assert len(exact(person.http.get("/v1/keys", headers=person.token()))) == 2


@pytest.mark.parametrize("wish", [{"permissions": ["read"]}, {"allowedIps": ["127.0.0.1"]}])
def test_a_restricted_key_sees_itself_only(person: Person, wish: dict[str, Any]) -> None:
    key = person.new_key(**wish)
    with asking(person, key) as client:
        assert [row["apiKey"] for row in exact(client.get("/v1/keys"))] == [key["apiKey"]]
    with asking(person, person.registered) as client:
        assert len(exact(client.get("/v1/keys"))) == 2


def test_a_restricted_key_revokes_itself_only(person: Person, account: Account) -> None:
    key = person.new_key(allowedIps=["127.0.0.1"])
    first = person.registered["apiKey"]
    with asking(person, key) as client:
        assert error_of(client.delete(f"/v1/keys/{first}")) == (403, "PERMISSION_DENIED")
        elsewhere = client.delete(f"/v1/keys/{account.client.key}")
        assert error_of(elsewhere) == (404, "KEY_NOT_FOUND")
        assert client.delete(f"/v1/keys/{key['apiKey']}").status_code == 200
    with asking(person, person.registered) as client:
        assert client.get("/v1/balance").status_code == 200


def test_an_account_is_locked_after_wrong_passwords_whether_it_exists_or_not(
    person: Person,
) -> None:
    answers = []
    for email in (person.email, next(_emails)):
        wrong = {"email": email, "password": "something else"}
        answers.append([person.http.post("/v1/login", json=wrong) for _ in range(6)])
    for known, unknown in zip(*answers, strict=True):
        assert error_of(known) == error_of(unknown)
    assert [error_of(answer) for answer in answers[0]] == [
        *[(401, "INVALID_CREDENTIALS")] * 5,
        (429, "RATE_LIMIT_EXCEEDED"),
    ]
    right = person.http.post("/v1/login", json={**person.login, "email": person.email.upper()})
    assert error_of(right) == (429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(right.headers["Retry-After"]) <= 30


def test_there_is_a_limit_of_keys(person: Person) -> None:
    headers = person.token()
    answers = [person.http.post("/v1/keys", json={}, headers=headers) for _ in range(50)]
    assert [answer.status_code for answer in answers] == [201] * 49 + [400]
