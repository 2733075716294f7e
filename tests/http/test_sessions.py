"""Sessions: what a token is exchanged for, what that opens, and how it ends."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from flagsvc.domain.sessions import IDLE_SECONDS, PER_TOKEN, TOTAL_SECONDS
from flagsvc.domain.tokens import token_text
from flagsvc.http.admin import OPERATIONS
from flagsvc.http.endpoint import OPEN_BYTES
from flagsvc.http.operation import Operation
from flagsvc.http.problem import Problem
from flagsvc.usecases import sessions as usecases
from flagsvc.usecases import tokens
from tests.http.browser import HERE, SESSION, Hours, browser, replica, sign_in, signed_in
from tests.http.service import ADMIN, API, PRODUCTION, Service, intent, mint, problem, reopen

FLAGS = f"{PRODUCTION}/flags"
ARCHIVING = f"{API}/flags/theme/archive"
_JSON = {**HERE, "Content-Type": "application/json"}


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def service(prepared: Path, tmp_path: Path, hours: Hours) -> Iterator[Service]:
    shutil.copytree(prepared, tmp_path / "data")
    store = reopen(tmp_path / "data").store
    yield replica(store, hours)
    store.close()


def _adopted(service: Service, kind: str, environment: str | None) -> str:
    text = token_text(kind, environment, mint())
    tokens.adopt_token(service.store, intent(), kind, environment, f"{kind} of {environment}", text)
    service.book.refresh()
    return text


def _tend(service: Service) -> None:
    """Do what the loop of a replica does about once a minute."""
    usecases.record_session_use(service.store, service.sessions.used())
    usecases.forget_sessions(service.store, service.now(), service.sessions.limits)
    service.sessions.refresh()


def _is_in(client: TestClient) -> bool:
    answer = client.get(FLAGS)
    if answer.status_code == 401:
        problem(answer, 401, "unauthenticated")
    return answer.status_code == 200


def test_a_token_is_exchanged_for_a_cookie_that_no_script_sees(service: Service) -> None:
    answer = sign_in(browser(service))

    assert answer.status_code == 201
    assert answer.json() == {
        "name": "root",
        "kind": "admin",
        "tokenId": answer.json()["tokenId"],
        "environment": None,
        "expiresAt": "2026-03-08T12:00:00.000000Z",
        "createdAt": "2026-03-01T12:00:00.000000Z",
    }
    assert answer.headers["Location"] == SESSION
    assert answer.headers["Cache-Control"] == "no-store"
    cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert set(attributes) == {"Path=/", f"Max-Age={TOTAL_SECONDS}", "HttpOnly", "SameSite=Lax"}
    name, _, secret = cookie.partition("=")
    assert name == "flagsvc-session"
    assert len(secret) == 43  # 256 bits in base64


def test_over_https_the_cookie_is_one_that_no_other_host_can_set(service: Service) -> None:
    client = browser(service, "https://flags.example")

    answer = sign_in(client)

    cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert cookie.startswith("__Host-flagsvc=")
    assert set(attributes) == {"Path=/", f"Max-Age={TOTAL_SECONDS}", "HttpOnly", "SameSite=Lax", "Secure"}
    assert client.get(FLAGS).status_code == 200


def test_over_https_the_name_that_any_host_can_set_does_not_count(service: Service) -> None:
    secret = signed_in(service).cookies["flagsvc-session"]

    answer = browser(service, "https://flags.example").get(FLAGS, headers={"Cookie": f"flagsvc-session={secret}"})

    problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize(
    ("peer", "said", "name"),
    [
        ("10.1.0.9", {"X-Forwarded-Proto": "https"}, "__Host-flagsvc"),
        ("10.1.0.9", {"X-Forwarded-Proto": "HTTPS, http"}, "__Host-flagsvc"),
        ("10.1.0.9", {"X-Forwarded-Proto": "http"}, "flagsvc-session"),
        ("10.1.0.9", {"X-Forwarded-Proto": "nonsense"}, "flagsvc-session"),
        ("10.1.0.9", {}, "flagsvc-session"),
        ("192.0.2.7", {"X-Forwarded-Proto": "https"}, "flagsvc-session"),
    ],
)
def test_only_a_trusted_proxy_says_that_it_is_https(
    service: Service, peer: str, said: dict[str, str], name: str
) -> None:
    answer = sign_in(browser(service, peer=peer), headers=HERE | said)

    assert answer.headers["Set-Cookie"].startswith(f"{name}=")
    assert ("Secure" in answer.headers["Set-Cookie"]) == (name == "__Host-flagsvc")


@pytest.mark.parametrize("text", ["wrong", "", " ", "\ud800", token_text("admin", None, "x" * 32)])
def test_an_unknown_token_opens_nothing_and_is_not_repeated(service: Service, text: str) -> None:
    with service.untouched():
        answer = browser(service).post(
            SESSION, content=f'{{"token": "{text}"}}'.encode(errors="replace"), headers=_JSON
        )

    assert answer.status_code in (400, 401)
    assert "Set-Cookie" not in answer.headers
    assert not text.strip() or text not in answer.text


def test_revoked_and_expired_tokens_open_nothing(service: Service, hours: Hours) -> None:
    body = {"kind": "admin", "name": "short", "expiresAt": "2026-03-01T13:00:00Z"}
    short = service.ok("POST", f"{API}/tokens", body)["document"]["token"]
    made = service.ok("POST", f"{API}/tokens", {"kind": "admin", "name": "gone"})["document"]
    service.ok("DELETE", f"{API}/tokens/{made['id']}")
    hours.go(hours=1)

    for text in (short, made["token"]):
        problem(sign_in(browser(service), text), 401, "unauthenticated")


def test_nobody_needs_much_to_sign_in(service: Service) -> None:
    answer = sign_in(browser(service), "x" * OPEN_BYTES)

    problem(answer, 413, "body-too-large")


@pytest.mark.parametrize("kind", ["sdk", "evaluation"])
def test_only_an_admin_token_opens_a_session(service: Service, kind: str) -> None:
    text = _adopted(service, kind, "production")

    with service.untouched():
        answer = sign_in(browser(service), text)

    members = problem(answer, 403, "forbidden")
    assert "admin token" in members["detail"]


def test_a_session_reaches_what_its_token_reaches(service: Service) -> None:
    client = signed_in(service, _adopted(service, "admin", "production"))

    assert client.get(SESSION).json()["environment"] == "production"
    assert client.get(FLAGS).status_code == 200
    problem(client.get(f"{API}/environments/staging/flags"), 403, "forbidden")


@pytest.mark.parametrize("kind", ["admin", "sdk", "evaluation"])
def test_whoever_has_a_token_may_ask_whose_it_is(service: Service, kind: str) -> None:
    environment = None if kind == "admin" else "production"
    text = _adopted(service, kind, environment)

    shown = service.ok("GET", SESSION, token=text)

    assert (shown["name"], shown["kind"], shown["environment"]) == (f"{kind} of {environment}", kind, environment)
    assert shown["expiresAt"] is None
    assert shown["createdAt"].endswith("Z")


def test_who_is_signed_in_is_told_to_them_alone(service: Service) -> None:
    client = signed_in(service)

    assert client.get(SESSION).json()["name"] == "root"
    problem(browser(service).get(SESSION), 401, "unauthenticated")


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.method == "GET"], ids=lambda operation: operation.name
)
def test_every_operation_takes_the_cookie(service: Service, operation: Operation) -> None:
    path = operation.path.format(environment="production", key="new-checkout", revision=1, id="x", gate="approval")

    assert signed_in(service).get(path).status_code not in (401, 403, 500)
    problem(browser(service).get(path), 401, "unauthenticated")


def test_a_change_is_the_token_s_and_says_that_it_came_through_the_console(service: Service) -> None:
    client = signed_in(service)
    token_id = client.get(SESSION).json()["tokenId"]

    assert client.post(ARCHIVING, headers=HERE).status_code == 200

    actor = client.get(f"{API}/audit").json()["items"][0]["actor"]
    assert (actor["kind"], actor["name"], actor["tokenId"], actor["via"]) == ("token", "root", token_id, "console")
    assert client.get(f"{API}/audit/verify").json()["ok"]


def test_a_bearer_token_wins_over_the_cookie(service: Service) -> None:
    client = signed_in(service)
    other = {"Authorization": f"Bearer {_adopted(service, 'evaluation', 'production')}"}

    assert client.get(SESSION, headers=other).json()["kind"] == "evaluation"
    for wrong in ("Bearer wrong", "Basic abc", ""):
        problem(client.get(FLAGS, headers={"Authorization": wrong}), 401, "unauthenticated")


def test_with_a_bearer_token_nobody_asks_where_a_request_comes_from(service: Service) -> None:
    client = signed_in(service)
    headers = {"Authorization": f"Bearer {ADMIN}", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    answer = client.post(ARCHIVING, headers=headers)

    assert answer.status_code == 200
    assert "via" not in client.get(f"{API}/audit").json()["items"][0]["actor"]


@pytest.mark.parametrize(
    "cookie", ["flagsvc-session=", "flagsvc-session=x", f"flagsvc-session={'x' * 5000}", "a=b", ""]
)
def test_a_foreign_cookie_opens_nothing(service: Service, cookie: str) -> None:
    signed_in(service)

    answer = browser(service).get(FLAGS, headers={"Cookie": cookie})

    problem(answer, 401, "unauthenticated")


def test_signing_out_ends_the_session_and_may_be_done_again(service: Service) -> None:
    client = signed_in(service)
    stolen = {"Cookie": f"flagsvc-session={client.cookies['flagsvc-session']}"}

    answers = [client.delete(SESSION, headers=HERE) for _ in range(2)]

    for answer in answers:
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Set-Cookie"].startswith("flagsvc-session=; Path=/; Max-Age=0; ")
    assert not client.cookies
    problem(browser(service).get(FLAGS, headers=stolen), 401, "unauthenticated")


def test_signing_in_again_ends_the_session_that_the_browser_had(service: Service) -> None:
    client = signed_in(service)
    former = {"Cookie": f"flagsvc-session={client.cookies['flagsvc-session']}"}

    sign_in(client)

    assert _is_in(client)
    problem(browser(service).get(FLAGS, headers=former), 401, "unauthenticated")


def test_a_revoked_token_ends_its_sessions_at_once(service: Service) -> None:
    made = service.ok("POST", f"{API}/tokens", {"kind": "admin", "name": "ann"})["document"]
    client, other = signed_in(service, made["token"]), signed_in(service)

    service.ok("DELETE", f"{API}/tokens/{made['id']}")

    assert not _is_in(client)
    assert _is_in(other)
    with service.store.reading() as view:
        assert len(view.sessions()) == 1


def test_a_session_ends_with_its_token(service: Service, hours: Hours) -> None:
    body = {"kind": "admin", "name": "short", "expiresAt": "2026-03-01T13:00:00Z"}
    client = signed_in(service, service.ok("POST", f"{API}/tokens", body)["document"]["token"])
    assert client.get(SESSION).json()["expiresAt"] == "2026-03-01T13:00:00.000000Z"

    hours.go(minutes=59)
    assert _is_in(client)
    hours.go(minutes=1)

    assert not _is_in(client)


def test_a_session_that_nobody_uses_ends(service: Service, hours: Hours) -> None:
    client, idle = signed_in(service), signed_in(service)

    for _ in range(3):
        hours.go(seconds=IDLE_SECONDS / 2)
        assert _is_in(client)
        _tend(service)

    assert not _is_in(idle)
    with service.store.reading() as view:
        assert len(view.sessions()) == 1


def test_a_session_may_be_idle_for_just_so_long(service: Service, hours: Hours) -> None:
    client = signed_in(service)

    hours.go(seconds=IDLE_SECONDS)
    assert _is_in(client)
    hours.go(seconds=IDLE_SECONDS + 1)

    assert not _is_in(client)


def test_use_counts_here_before_it_is_recorded(service: Service, hours: Hours) -> None:
    client = signed_in(service)

    hours.go(seconds=IDLE_SECONDS - 1)
    assert _is_in(client)
    hours.go(seconds=2)

    assert _is_in(client)
    assert not service.sessions.any_over()


def test_looking_again_uses_no_session(service: Service, hours: Hours) -> None:
    """As open streams do: they end with the session, and do not keep it from ending."""
    client = signed_in(service)
    scope = {"type": "http", "method": "GET", "scheme": "http", "client": None}
    cookie = f"flagsvc-session={client.cookies['flagsvc-session']}".encode()
    request = Request({**scope, "headers": [(b"cookie", cookie)]})

    hours.go(seconds=IDLE_SECONDS)
    assert service.services.identity.known(request).name == "root"
    hours.go(seconds=1)

    with pytest.raises(Problem, match="unauthenticated"):
        service.services.identity.known(request)


def test_use_is_recorded_coarsely(service: Service, hours: Hours) -> None:
    client = signed_in(service)
    hours.go(seconds=59)
    assert _is_in(client)
    assert service.sessions.used() == {}

    hours.go(seconds=1)
    assert _is_in(client)

    assert list(service.sessions.used().values()) == [hours.now]
    _tend(service)
    assert service.sessions.used() == {}


def test_a_session_ends_in_time_whatever_its_use(service: Service, hours: Hours) -> None:
    client = signed_in(service)
    for _ in range(7 * 24 - 1):
        hours.go(hours=1)
        assert _is_in(client)

    hours.go(hours=1)

    assert not _is_in(client)
    assert service.sessions.any_over()


def test_every_replica_knows_a_session_and_its_end(service: Service, hours: Hours) -> None:
    other = replica(service.store, hours)
    other.book.refresh()
    other.sessions.refresh()
    client = signed_in(service)
    cookie = {"Cookie": f"flagsvc-session={client.cookies['flagsvc-session']}"}
    elsewhere = browser(other)

    hours.go(seconds=0.01)
    assert elsewhere.get(FLAGS, headers=cookie).status_code == 200
    client.delete(SESSION, headers=HERE)
    hours.go(seconds=3)

    problem(elsewhere.get(FLAGS, headers=cookie), 401, "unauthenticated")


def test_a_token_and_its_session_count_on_every_replica_at_once(service: Service, hours: Hours) -> None:
    other = replica(service.store, hours)
    other.book.refresh()
    other.sessions.refresh()
    text = service.token("admin", None)

    hours.go(seconds=0.01)
    assert browser(other).get(FLAGS, headers={"Authorization": f"Bearer {text}"}).status_code == 200
    third = replica(service.store, hours)
    third.book.refresh()
    text = service.token("admin", None)
    hours.go(seconds=0.01)
    client = signed_in(third, text)
    hours.go(seconds=0.01)
    cookie = {"Cookie": f"flagsvc-session={client.cookies['flagsvc-session']}"}
    assert browser(other).get(FLAGS, headers=cookie).status_code == 200


def test_replicas_tell_one_another_of_a_session_s_use(service: Service, hours: Hours) -> None:
    other = replica(service.store, hours)
    client = signed_in(service)
    cookie = {"Cookie": f"flagsvc-session={client.cookies['flagsvc-session']}"}

    for _ in range(3):
        hours.go(seconds=IDLE_SECONDS / 2)
        assert _is_in(client)
        _tend(service)
        _tend(other)

    assert browser(other).get(FLAGS, headers=cookie).status_code == 200


def test_a_token_has_so_many_sessions_at_most(service: Service, hours: Hours) -> None:
    first = signed_in(service)
    for _ in range(PER_TOKEN):
        hours.go(seconds=1)
        last = signed_in(service)

    assert not _is_in(first)
    assert _is_in(last)
    with service.store.reading() as view:
        assert len(view.sessions()) == PER_TOKEN


def test_the_store_holds_no_id_of_a_session(service: Service) -> None:
    secret = signed_in(service).cookies["flagsvc-session"]

    assert secret.encode() not in Path(service.path).read_bytes()
    with service.store.reading() as view:
        assert secret not in repr(view.sessions())
