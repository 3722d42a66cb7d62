"""Secrets are shown once to their owner, and nowhere else."""

from pathlib import Path

import httpx

from tests.support.native_client import AdminClient, NativeClient
from tests.support.server import ADMIN_TOKEN, running_server

PASSWORD = "my-very-own-password"
LOGIN = {"email": "secretive@example.com", "password": PASSWORD}


def test_no_secret_is_ever_printed_or_answered_twice(tmp_path: Path) -> None:
    options = ("--feed", "manual", "--demo", "--log-level", "debug")
    with running_server(*options, data_dir=tmp_path / "data") as server:
        with httpx.Client(base_url=server.url, verify=False, trust_env=False) as http:
            registered = http.post("/v1/register", json=LOGIN).json()
            token = http.post("/v1/login", json=LOGIN).json()["token"]
            bearer = {"Authorization": f"Bearer {token}"}
            key = http.post("/v1/keys", json={}, headers=bearer).json()
            answers = [
                http.get("/v1/keys", headers=bearer),
                http.delete(f"/v1/keys/{key['apiKey']}", headers=bearer),
                http.post("/v1/register", json=LOGIN),
                http.post("/v1/login", json={**LOGIN, "password": PASSWORD + "!"}),
                http.post("/v1/login", content=b'{"email":"' + PASSWORD.encode()),
            ]
        secrets = [registered["apiSecret"], key["apiSecret"], PASSWORD, ADMIN_TOKEN]
        with NativeClient(server.url, registered["apiKey"], registered["apiSecret"]) as client:
            answers += [client.get(f"/v1/{target}") for target in ("balance", "keys", "order/1")]
            answers.append(client.order("buy", "NaN"))
            client.secret = "wrong"
            answers.append(client.get("/v1/balance"))
        with AdminClient(server.url) as admin:
            paths = ("users", "keys", "balances", "feed", "status", "schema/openapi.json")
            answers += [admin.http.get(f"/admin/{path}") for path in paths]
            answers.append(admin.http.get("/metrics"))
        shown = "".join(answer.text for answer in answers)
        server.stop()
    for secret in (*secrets, "test_secret_456", "test_pass_789"):
        assert secret not in shown
        assert secret not in server.output
    assert token not in server.output


def test_no_secret_is_readable_in_the_data_directory(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with running_server("--feed", "manual", data_dir=data_dir) as server:
        answer = httpx.post(f"{server.url}/v1/register", json=LOGIN, verify=False, trust_env=False)
        secret = answer.json()["apiSecret"]
    files = [path for path in data_dir.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert secret.encode() not in content, path
        assert PASSWORD.encode() not in content, path
