"""The console at /admin, out of the application as it is run: what is served, under which headers, and what is not."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flagsvc.app import Founding, Service
from flagsvc.settings import Settings
from tests.operations.conftest import ADMIN

INDEX = (
    '<!doctype html><meta property="csp-nonce" nonce="__FLAGSVC_NONCE__">'
    '<script type="module" src="/admin/assets/index-Ab12.js" nonce="__FLAGSVC_NONCE__"></script>'
)
SCRIPT = b"export const answer = 42;\n" * 20
BROTLI = b"stands for the brotli form"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
IMMUTABLE = "public, max-age=31536000, immutable"
ASSET = "/admin/assets/index-Ab12.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    directory = tmp_path / "console"
    assets = directory / "assets"
    (assets / ".hidden").mkdir(parents=True)
    (directory / "index.html").write_text(INDEX)
    (directory / "index.html.gz").write_bytes(gzip.compress(INDEX.encode()))
    (directory / "theme.js").write_text("document.documentElement.dataset.theme = 'dark';")
    (assets / "index-Ab12.js").write_bytes(SCRIPT)
    (assets / "index-Ab12.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "index-Ab12.js.br").write_bytes(BROTLI)
    (assets / "only-gz.css").write_text("body{}")
    (assets / "only-gz.css.gz").write_bytes(gzip.compress(b"body{}"))
    (assets / "font.woff2").write_bytes(b"\x00font")
    (assets / "odd.xyz").write_bytes(b"?")
    (assets / ".hidden" / "secret.js").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside of the console")
    return directory


def _client(data: Path, console: Path) -> Iterator[TestClient]:
    service = Service(Settings(data_dir=data), Founding(admin_token=ADMIN), pytest.fail, console=console)
    service.start()
    no_brotli = {"Accept-Encoding": "gzip"}
    yield TestClient(service.asgi, raise_server_exceptions=False, follow_redirects=False, headers=no_brotli)
    service.stop()


@pytest.fixture
def client(tmp_path: Path, built: Path) -> Iterator[TestClient]:
    yield from _client(tmp_path / "data", built)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[TestClient]:
    yield from _client(tmp_path / "data", tmp_path / "nothing")


def _nonce(policy: str) -> str:
    found = re.search(r"'nonce-([A-Za-z0-9_-]{22})'", policy)
    assert found, policy
    return found[1]


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/flags/new-checkout", "/admin/index.html", "/admin/a.b"])
def test_every_address_that_is_no_file_is_the_page(client: TestClient, path: str) -> None:
    answer = client.get(path)

    nonce = _nonce(answer.headers["Content-Security-Policy"])
    assert answer.status_code == 200
    assert answer.text == INDEX.replace("__FLAGSVC_NONCE__", nonce)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_two_answers_have_one_nonce(client: TestClient) -> None:
    policies = [client.get("/admin/").headers["Content-Security-Policy"] for _ in range(20)]

    nonces = {_nonce(policy) for policy in policies}
    assert len(nonces) == 20
    assert policies[0] == POLICY.format(styles=f"'self' 'nonce-{_nonce(policies[0])}'")


@pytest.mark.parametrize("path", ["/admin/theme.js", ASSET, "/admin/assets/missing-Cd34.js"])
def test_what_is_no_page_allows_no_style_by_nonce(client: TestClient, path: str) -> None:
    assert client.get(path).headers["Content-Security-Policy"] == POLICY.format(styles="'self'")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/admin", "/admin/flags", "/admin/theme.js", ASSET, "/admin/assets/missing.js"])
def test_everything_under_admin_has_the_headers(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)

    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
    if method not in ("GET", "HEAD"):
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", BROTLI),
        ("br;q=0.1, gzip;q=1.0", "br", BROTLI),
        ("gzip", "gzip", SCRIPT),
        ("BR;q=0, GZip", "gzip", SCRIPT),
        ("*", "br", BROTLI),
        ("*;q=0", None, SCRIPT),
        ("br;q=nonsense", None, SCRIPT),
        ("deflate, identity", None, SCRIPT),
        ("", None, SCRIPT),
    ],
)
def test_assets_come_compressed_to_whoever_takes_that(
    client: TestClient, accepted: str, coding: str | None, body: bytes
) -> None:
    with client.stream("GET", ASSET, headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers.get("Content-Encoding") == coding
    assert (gzip.decompress(raw) if coding == "gzip" else raw) == body
    assert int(answer.headers["Content-Length"]) == len(raw)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == IMMUTABLE


def test_a_form_that_is_not_there_is_left_out(client: TestClient) -> None:
    answer = client.get("/admin/assets/only-gz.css", headers={"Accept-Encoding": "br, gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.text == "body{}"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (ASSET, "text/javascript; charset=utf-8"),
        ("/admin/assets/only-gz.css", "text/css; charset=utf-8"),
        ("/admin/assets/font.woff2", "font/woff2"),
        ("/admin/assets/odd.xyz", "application/octet-stream"),
    ],
)
def test_every_file_has_its_media_type(client: TestClient, path: str, media_type: str) -> None:
    assert client.get(path, headers={"Accept-Encoding": ""}).headers["Content-Type"] == media_type


def test_files_whose_names_stay_are_asked_for_again(client: TestClient) -> None:
    answer = client.get("/admin/theme.js")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/admin/", ASSET])
def test_head_tells_the_same_without_a_body(client: TestClient, path: str) -> None:
    got, asked = client.get(path), client.head(path)

    unlike = {"x-request-id", "content-security-policy"}
    assert asked.content == b""
    assert {k: v for k, v in asked.headers.items() if k not in unlike} == {
        k: v for k, v in got.headers.items() if k not in unlike
    }


@pytest.mark.parametrize(
    "path",
    [
        "/admin/assets/missing-Cd34.js",
        "/admin/assets/",
        "/admin/assets/index-Ab12.js.gz",
        "/admin/assets/index-Ab12.js/",
        "/admin/assets/.hidden/secret.js",
        "/admin/assets/%2e%2e/index.html",
        "/admin/assets/..%2f..%2foutside.txt",
        "/admin/assets/%2fetc%2fpasswd",
    ],
)
def test_a_missing_asset_is_missing_and_not_the_page(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == "there is no such file in this version of the console\n"


@pytest.mark.parametrize("path", ["/admin/..%2foutside.txt", "/admin/%2e%2e/outside.txt", "/admin//etc/passwd"])
def test_nothing_outside_the_directory_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.text.startswith("<!doctype html>")
    assert "outside of the console" not in answer.text


def test_nothing_is_read_when_asked(client: TestClient, built: Path) -> None:
    (built / "assets" / "index-Ab12.js").write_text("changed")
    (built / "assets" / "new.js").write_text("new")

    assert client.get(ASSET, headers={"Accept-Encoding": ""}).content == SCRIPT
    assert client.get("/admin/assets/new.js").status_code == 404


def test_the_root_leads_to_the_console(client: TestClient) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (307, "/admin/")


@pytest.mark.parametrize("path", ["/adminx", "/administrator", "/admin.html"])
def test_only_admin_is_the_console(client: TestClient, path: str) -> None:
    assert client.get(path).json()["code"] == "no-such-route"


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/flags", ASSET])
def test_without_a_build_admin_says_how_to_get_one(bare: TestClient, path: str) -> None:
    answer = bare.get(path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "carries no console" in answer.text
    assert "make console" in answer.text
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS


def test_without_a_build_all_else_works(bare: TestClient) -> None:
    assert bare.get("/").json()["code"] == "no-such-route"
    assert bare.get("/health/live").status_code == 200
    assert bare.get("/api/v1/flags", headers={"Authorization": f"Bearer {ADMIN}"}).status_code == 200
