"""What a page of another site can make a browser send with its visitor's cookies changes nothing."""

import pytest
from starlette.testclient import TestClient

from tests.http.browser import HERE, PROXY, SESSION, browser, sign_in
from tests.http.service import API, PRODUCTION, Service, problem

SPLIT = f"{PRODUCTION}/splits/checkout"
FORGED: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://flags.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://flags.example.evil.example"},
    {"Origin": "https://flags.example"},
    {"Origin": "http://flags.example:8080"},
    {"Origin": "http://flags.example/"},
    {"Origin": "null"},
    {"Origin": "flags.example"},
    {"Origin": "http://flags.example:nonsense"},
    {"Origin": "http://[flags.example"},
    {"Referer": "http://flags.example/admin/"},
    {"Origin": "http://forwarded.example", "X-Forwarded-Host": "forwarded.example"},
    {"Origin": "https://flags.example", "X-Forwarded-Proto": "https"},
]
OURS: list[dict[str, str]] = [
    HERE,
    {"Origin": "http://flags.example"},
    {"Origin": "http://flags.example:80"},
    {"Origin": "HTTP://FLAGS.example"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://what-a-proxy-made-of-it.example"},
]


@pytest.fixture
def client(service: Service) -> TestClient:
    opened = browser(service)
    assert sign_in(opened).status_code == 201
    return opened


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_a_forged_request_changes_nothing(service: Service, client: TestClient, headers: dict[str, str]) -> None:
    json = {"name": "x", "kind": "admin"}

    with service.untouched():
        answers = [
            client.post(f"{API}/tokens", json=json, headers=headers),
            client.put(SPLIT, json=json, headers=headers),
            client.patch(SPLIT, json=json, headers=headers),
            client.delete(f"{API}/tokens/x", headers=headers),
            client.delete(SESSION, headers=headers),
            sign_in(client, headers=headers),
        ]

    for answer in answers:
        problem(answer, 403, "cross-site")
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_a_page_of_this_service_may_change_things(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post(f"{API}/tokens", json={"name": "x", "kind": "admin"}, headers=headers)

    assert answer.status_code == 201, answer.text
    assert sign_in(client, headers=headers).status_code == 201
    assert client.delete(SESSION, headers=headers).status_code == 204


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_reading_is_harmless(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get(SPLIT, headers=headers).status_code == 200
    assert client.head(SPLIT, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": "https://flags.example", "X-Forwarded-Proto": "https"}, True),
        ({"Origin": "https://flags.example:443", "X-Forwarded-Proto": "https"}, True),
        (
            {"Origin": "https://public.example", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "public.example"},
            True,
        ),
        (
            {"Origin": "https://flags.example", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "public.example"},
            False,
        ),
        ({"Origin": "http://flags.example", "X-Forwarded-Proto": "https"}, False),
        ({"Origin": "https://evil.example", "X-Forwarded-Proto": "https"}, False),
    ],
)
def test_behind_a_trusted_proxy_its_word_about_the_address_counts(
    service: Service, headers: dict[str, str], *, allowed: bool
) -> None:
    client = browser(Service(service.store, proxies=PROXY), peer="10.1.0.9")

    answer = sign_in(client, headers=headers)

    assert answer.status_code == (201 if allowed else 403)


@pytest.mark.parametrize(
    ("url", "origin"),
    [("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://[::1]:8080", "http://[::1]:8080")],
)
def test_addresses_and_ports_are_compared_whole(service: Service, url: str, origin: str) -> None:
    assert sign_in(browser(service, url), headers={"Origin": origin}).status_code == 201
    problem(sign_in(browser(service, url), headers={"Origin": origin[:-1]}), 403, "cross-site")


def test_whoever_holds_nothing_is_not_told_where_to_come_from(service: Service) -> None:
    problem(browser(service).post(f"{API}/tokens", json={}), 401, "unauthenticated")
