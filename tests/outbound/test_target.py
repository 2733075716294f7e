"""One reader of URLs: what cannot be meant, or is meant to deceive, is said so and never sent."""

import pytest

from flagsvc.outbound.target import Barred, target_of

GOOD = {
    "http://example.com": ("http://example.com/", "example.com", 80, "/"),
    "https://example.com:8443/a/b?c=d": ("https://example.com:8443/a/b?…", "example.com:8443", 8443, "/a/b?c=d"),
    "HTTPS://Example.COM/": ("https://example.com/", "example.com", 443, "/"),
    "http://10.0.0.5:8080/health#top": ("http://10.0.0.5:8080/health", "10.0.0.5:8080", 8080, "/health"),
    "http://[::1]:9000/": ("http://[::1]:9000/", "[::1]:9000", 9000, "/"),
    "https://xn--bcher-kva.example/?": ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
    "http://web_1:8080/": ("http://web_1:8080/", "web_1:8080", 8080, "/"),
}
BAD = {
    "": "a sign that no URL has",
    "example.com/": "must begin with http",
    "file:///etc/passwd": "must begin with http",
    "gopher://example.com/_x": "must begin with http",
    "ftp://example.com/": "must begin with http",
    "http:///path": "names no host",
    "http://": "names no host",
    "http://user@127.0.0.1/": "no name and password",
    "http://user:secret@example.com/": "no name and password",
    "http://good.example@evil.example/": "no name and password",
    "http://good.example\\@evil.example/": "a sign that no URL has",
    "http://good.example /": "a sign that no URL has",
    "http://good.example/\r\nHost: evil": "a sign that no URL has",
    "http://good.example/\tx": "a sign that no URL has",
    "http://good.example/\x00": "a sign that no URL has",
    "http://bücher.example/": "a sign that no URL has",
    "http://①②⑦.⓪.⓪.①/": "a sign that no URL has",
    "http://127.1/": "no address in its usual form",
    "http://0x7f.1/": "no address in its usual form",
    "http://0x7f000001/": "no address in its usual form",
    "http://2130706433/": "no address in its usual form",
    "http://017700000001/": "no address in its usual form",
    "http://0177.0.0.1/": "no address in its usual form",
    "http://127.0.0.1.1/": "no address in its usual form",
    "http://127.0.0.0x1/": "no address in its usual form",
    "http://2130706433./": "no address in its usual form",
    "http://[fe80::1%25eth0]/": "names no host",
    "http://[::ffff:127.0.0.1/": "the URL is none",
    "http://[127.0.0.1]/": "",
    "http://good.example:99999/": "the URL is none",
    "http://good.example:port/": "the URL is none",
    "http://good.example:0/": "port 0",
    "http://good.example:22/": "port 22",
    "http://good.example:25/": "port 25",
    "http://good.example%2f.evil.example/": "names no host",
    "http://-bad.example/": "names no host",
    "http://" + "a" * 300 + "/": "names no host",
}


@pytest.mark.parametrize(("url", "read"), GOOD.items())
def test_what_is_meant_is_read(url: str, read: tuple[str, str, int, str]) -> None:
    target = target_of(url)

    assert (str(target), target.authority, target.port, target.path) == read


@pytest.mark.parametrize(("url", "words"), BAD.items())
def test_what_cannot_be_meant_is_barred(url: str, words: str) -> None:
    with pytest.raises(Barred) as told:
        target_of(url)

    assert words in str(told.value)
    assert "secret" not in str(told.value)


def test_what_stands_behind_the_hash_is_no_host() -> None:
    assert target_of("http://good.example:80#@evil.example/x").host == "good.example"
