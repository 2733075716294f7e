"""Addresses of a Redis: what is written is what is meant, what cannot be right is refused, and no secret is shown."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.redis_link import RedisAddress, parse
from flagsdk.redis_link.address import SCHEMES, Host, Login
from flagsdk.sources import open_source

HOSTS = "one:1,two,[::1]:3,[fd00::2]"
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache", RedisAddress("server", (Host("cache", 6379),))),
        ("redis://:pw@cache:6380/2", RedisAddress("server", (Host("cache", 6380),), database=2, login=Login("", "pw"))),
        ("rediss://[::1]:7/0", RedisAddress("server", (Host("::1", 7),), tls={})),
        ("unix://u:p@/a%20b.sock?db=3", RedisAddress("unix", path="/a b.sock", database=3, login=Login("u", "p"))),
        (
            "redis+sentinel://u:p@one:1,two/main/4?sentinel_username=s&sentinel_password=t&environment=dev",
            RedisAddress(
                "sentinel", (Host("one", 1), Host("two", 26379)), service="main", database=4,
                login=Login("u", "p"), sentinel_login=Login("s", "t"), environment="dev",
            ),
        ),
        (
            f"rediss+cluster://{HOSTS}?ssl_ca_certs=/ca.pem&ssl_check_hostname=no&ssl_cert_reqs=none",
            RedisAddress(
                "cluster", (Host("one", 1), Host("two", 6379), Host("::1", 3), Host("fd00::2", 6379)),
                tls={"ssl_ca_certs": "/ca.pem", "ssl_check_hostname": False, "ssl_cert_reqs": "none"},
            ),
        ),
    ],
)  # fmt: skip
def test_an_address_says_where_and_how(url: str, expected: RedisAddress) -> None:
    assert parse(url) == expected


@given(
    SECRETS,
    SECRETS,
    st.sampled_from(["redis://{}@h", "unix://{}@/s", "redis+sentinel://{}@h/m", "redis+cluster://{}@h,i"]),
)
def test_user_and_password_may_hold_anything_and_are_not_shown(user: str, password: str, form: str) -> None:
    marked = f"secret{password}"
    address = parse(form.format(f"{quote(user, safe='')}:{quote(marked, safe='')}"))

    assert address.login == Login(user, marked)
    assert marked not in address.name + repr(address) + repr(address.login)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://cache", "unknown scheme; known: redis, rediss, unix, "),
        ("redis://", "no host"),
        ("redis+cluster://a,,b", "no host"),
        ("redis://::1", "needs brackets"),
        ("redis://cache:0", "port"),
        ("redis://cache:65536", "port"),
        ("redis://cache:٣", "port"),
        ("redis://cache/two", "database is no number"),
        ("redis://cache?db=two", "database is no number"),
        ("redis+cluster://cache/1", "database 0 only"),
        ("redis+sentinel://one,two", "name the service"),
        ("redis+sentinel://one/", "name the service"),
        ("unix://host/run/s", "unix:///PATH"),
        ("unix://", "unix:///PATH"),
        ("redis://cache?socket_timeout=60", "unknown; known here: db, environment, password, username"),
        ("redis://cache?ssl_ca_certs=/x", "unknown"),
        ("redis://cache?sentinel_password=x", "unknown"),
        ("rediss://cache?ssl_cert_reqs=perhaps", "none, optional or required"),
        ("rediss://cache?ssl_check_hostname=perhaps", "yes or no"),
        ("rediss://cache?ssl_keyfile=", "empty"),
        ("redis://cache#1", "'#'"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused_in_words(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(url)


@given(
    st.sampled_from(sorted(SCHEMES)),
    st.sampled_from(["{0}@h", "h?password={0}", "u:{0}@h:6379/0", "h/{0}", "h:{0}", "h,{0}/m", "h#{0}", "h?{0}=1"]),
    st.sampled_from(["se/cret", "se#cret", "se?cret", "se:cret", "se@cret", "secret", "12/secret"]),
)
def test_a_refusal_shows_no_piece_of_what_was_written(scheme: str, form: str, secret: str) -> None:
    """Whoever forgets to percent-encode a password must not find it in a log."""
    told = refusal(f"{scheme}://{form.format(secret)}")

    assert "cret" not in told
    assert "se/" not in told


def refusal(url: str) -> str:
    """Give what is said of an address, nothing if it is taken."""
    try:
        parse(url)
    except ValueError as fault:
        return str(fault)
    return ""


def test_one_server_is_one_host() -> None:
    with pytest.raises(ValueError, match="one host"):
        parse("redis://a,b")


def test_a_file_that_is_not_there_is_told_when_the_source_is_opened() -> None:
    with pytest.raises(ValueError, match="ssl_ca_certs: there is no such file"):
        open_source("rediss://cache?environment=dev&ssl_ca_certs=/nowhere/ca.pem")
