import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rag import RagError
from rag.page import guard

PAGE = "<html><script>one()</script><script src='two.js'></script></html>"


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route("/", lambda _: HTMLResponse(PAGE)),
        Route(
            "/parts", lambda _: StreamingResponse(iter(["<scr", "ipt>"]), media_type="text/html")
        ),
        Route("/data", lambda _: JSONResponse({"text": "<script>"})),
    ]
    return TestClient(guard.Guard(Starlette(routes=routes)))


def test_the_pages_own_scripts_get_a_nonce_that_is_never_used_twice(client: TestClient) -> None:
    nonces = set()
    for _ in range(3):
        answer = client.get("/", headers={"accept": "text/html"})
        (nonce,) = set(re.findall(r'<script nonce="([^"]+)"', answer.text))
        assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
        assert answer.text.replace(f' nonce="{nonce}"', "") == PAGE
        nonces.add(nonce)
    assert len(nonces) == 3


def test_the_policy_lets_no_other_script_run_and_no_other_host_in(client: TestClient) -> None:
    policy = dict(
        directive.split(" ", 1)
        for directive in client.get("/data").headers["content-security-policy"].split("; ")
    )
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert not re.search(r"https?:|\*", " ".join(policy.values()))


def test_pages_that_come_in_parts_and_data_stay_whole(client: TestClient) -> None:
    assert re.fullmatch(
        r'<script nonce="[\w-]+">', client.get("/parts", headers={"accept": "text/html"}).text
    )
    assert client.get("/data").json() == {"text": "<script>"}


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.2", False),
        ("example.org", False),
    ],
)
def test_others_are_let_in_only_with_a_password_or_on_demand(
    host: str, local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(guard.AUTH_VARIABLE, raising=False)
    assert guard.is_local(host) == local
    assert guard.credentials(None, host, none=True) is None
    if local:
        assert guard.credentials(None, host, none=False) is None
    else:
        with pytest.raises(RagError, match="others can reach your documents"):
            guard.credentials(None, host, none=False)
    monkeypatch.setenv(guard.AUTH_VARIABLE, "ann:a:b")
    assert guard.credentials(None, host, none=False) == ("ann", "a:b")


def test_only_this_computers_names_are_answered_to_here() -> None:
    assert "127.0.0.1" in guard.hosts("localhost")
    assert "*" not in guard.hosts("127.0.0.1")
    assert guard.hosts("192.168.1.2") == guard.hosts("::1") == ["*"]


def test_a_password_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "auth"
    file.write_text("ann:secret\n")
    assert guard.credentials(file, "0.0.0.0", none=False) == ("ann", "secret")
    for wrong in ("", "ann", "ann:", ":secret"):
        file.write_text(wrong)
        with pytest.raises(RagError, match="does not hold user:password"):
            guard.credentials(file, "127.0.0.1", none=True)
    with pytest.raises(RagError, match="gone cannot be read"):
        guard.credentials(tmp_path / "gone", "127.0.0.1", none=False)
