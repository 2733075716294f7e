"""What can go wrong between a router and its nginx: nothing is believed that was not read back."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound import http
from flagsvc.ports import Router
from flagsvc.routers.common import reload
from tests.routers.contract import agrees, brought_to, target
from tests.support.edge import BrokenService
from tests.support.link import HOLE, Link
from tests.support.process import program
from tests.support.timing import eventually
from tests.support.told_nginx import CONFIGURATIONS, Site

pytestmark = pytest.mark.servers

STRANGE = (
    b"",
    b"# flagsvc x {\n",
    b"# flagsvc x 7\n",
    b"\xff\xfe",
    b"{",
    b"[]",
    b'{"allocation": 1}',
    b'{"backends": 0}',
)
"""What nobody here would write to a file."""


@pytest.fixture(params=CONFIGURATIONS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    own: dict[str, Any] = {"cohorts": "own"} if request.param == "nginx-split-clients" else {}
    with Site(request.param, **own) as site:
        yield site


def made(site: Site, **options: object) -> Router:
    """Make another router of the site."""
    return site.nginx.router(**(site.options | options))


def nginx_t(site: Site) -> tuple[str, ...]:
    """Give the command that checks the site's configuration."""
    folder = str(site.nginx.server.folder)
    return (program("nginx"), "-t", "-q", "-e", "stderr", "-p", folder, "-c", "nginx.conf")


def break_configuration(site: Site) -> Path:
    """Break nginx.conf by hand, in a place that is none of ours."""
    file = site.nginx.server.folder / "nginx.conf"
    file.write_text(file.read_text().replace("events {", "nonsense; events {"))
    return file


def test_a_file_that_cannot_be_written_is_named(site: Site) -> None:
    router = made(site, file=Path("/nowhere/told"))

    with pytest.raises(RouterError, match=r"/nowhere/told cannot be written") as told:
        router.apply(target(5_000))

    assert not told.value.permanent


def test_a_configuration_that_somebody_broke_is_never_taken_for_told(site: Site) -> None:
    brought_to(site.router, target(5_000))
    break_configuration(site)

    site.router.apply(target(50_000))

    eventually(lambda: "nonsense" in site.nginx.server.output(), "nginx's complaint in its log")
    assert not agrees(site.router, target(50_000))
    assert not agrees(site.router, target(5_000))


def test_a_check_gives_nginx_s_own_complaint_and_puts_the_file_back(site: Site) -> None:
    brought_to(site.router, target(5_000))
    before = site.nginx.file.read_text()
    break_configuration(site)

    with pytest.raises(RouterError, match=r'nginx would not load.*unknown directive "nonsense"'):
        made(site, check=nginx_t(site)).apply(target(50_000))

    assert site.nginx.file.read_text() == before
    assert agrees(site.router, target(5_000))


def test_a_unit_listed_for_an_unknown_backend_is_refused(site: Site) -> None:
    before = site.nginx.file.read_text()

    with pytest.raises(RouterError, match=r"'old'.*canary, stable") as told:
        site.router.apply(replace(target(5_000), forced={"user-1": "old"}))

    assert told.value.permanent
    assert site.nginx.file.read_text() == before


def test_a_reload_that_hangs_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "COMMAND_SECONDS", 0.1)

    with pytest.raises(RouterError, match="sleep took longer") as told:
        made(site, reload=("sleep", "60")).apply(target(5_000))

    assert not told.value.permanent


def test_a_check_that_passes_changes_nothing(site: Site) -> None:
    brought_to(made(site, check=nginx_t(site)), target(50_000))


def test_a_frozen_nginx_is_a_temporary_error_in_bounded_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    brought_to(site.router, target(5_000))
    monkeypatch.setattr(http, "READ_SECONDS", 0.2)
    site.nginx.server.pause()
    try:
        with pytest.raises(RouterError, match="no answer in time") as told:
            made(site).observe()
    finally:
        site.nginx.server.resume()

    assert not told.value.permanent
    assert agrees(site.router, target(5_000))


def test_a_plan_for_a_dead_nginx_is_to_reload_it(site: Site) -> None:
    brought_to(site.router, target(5_000))
    site.nginx.server.kill()

    assert [line.split()[0] for line in site.router.plan(target(5_000))] == ["send"]
    assert [line.split()[0] for line in site.router.plan(target(50_000))] == ["write", "send"]


def test_without_a_reload_it_is_not_applied_until_somebody_else_reloads(site: Site) -> None:
    brought_to(site.router, target(5_000))
    router = made(site, pid_file=None)

    router.apply(target(50_000))

    assert not agrees(router, target(50_000))
    assert list(router.plan(target(50_000))) == ["wait until somebody reloads nginx"]
    site.nginx.server.reload()
    eventually(lambda: agrees(router, target(50_000)), "the reload by somebody else")


def test_a_reload_that_says_yes_and_does_nothing_is_not_believed(site: Site) -> None:
    brought_to(site.router, target(5_000))
    router = made(site, reload=(program("true"),))

    router.apply(target(50_000))

    assert not agrees(router, target(50_000))
    assert router.plan(target(50_000))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("sh", "-c", "echo no such service >&2; exit 3"), r"nginx was not reloaded: sh ended with 3: no such service"),
        (("no-such-program",), "no-such-program: No such file"),
    ],
    ids=["refuses", "missing"],
)
def test_a_reload_that_fails_says_why(site: Site, words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(RouterError, match=complaint) as told:
        made(site, reload=words).apply(target(50_000))

    assert not told.value.permanent


def test_a_process_that_is_not_nginx_gets_no_signal(site: Site, tmp_path: Path) -> None:
    """SIGHUP would end this very process."""
    for text in (str(os.getpid()), "", "-1", "abc", "999999999"):
        (tmp_path / "pid").write_text(text)

        with pytest.raises(RouterError, match="nginx does not run"):
            made(site, pid_file=tmp_path / "pid").apply(target(int(len(text) * 1_000)))


def test_one_node_that_lags_keeps_the_whole_from_being_applied(site: Site) -> None:
    with Site(site.nginx.kind, **site.options) as other:
        router = made(site, nodes=(site.nginx.status, other.nginx.status))
        router.apply(target(50_000))
        eventually(lambda: agrees(site.router, target(50_000)), "the first node")

        observed = router.observe()
        assert observed is not None
        assert (observed.weights, agrees(router, target(50_000))) == ({}, False)
        assert other.nginx.status in observed.detail

        other.nginx.file.write_text(site.nginx.file.read_text())
        other.nginx.server.reload()
        eventually(lambda: agrees(router, target(50_000)), "the second node")


def test_what_was_applied_before_the_link_broke_is_read_back_and_not_sent_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Link(site.nginx.status_port) as link:
        nodes = (f"http://127.0.0.1:{link.port}/flagsvc/checkout",)
        router = made(site, nodes=nodes)
        brought_to(router, target(5_000))
        monkeypatch.setattr(http, "READ_SECONDS", 0.2)
        hasty = made(site, nodes=nodes)
        link.set(HOLE)
        hasty.apply(target(50_000))
        before = site.nginx.file.stat().st_mtime_ns
        with pytest.raises(RouterError, match=str(link.port)):
            hasty.observe()

        link.heal()

        eventually(lambda: agrees(router, target(50_000)), "what was applied")
        router.apply(target(50_000))
        assert site.nginx.file.stat().st_mtime_ns == before


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"weights": 7}', b'{"table": "x", "weights": {"a": "b"}}'])
def test_an_address_that_is_no_status_is_said_to_be_none(site: Site, body: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with BrokenService(answer) as stranger:
        router = made(site, nodes=(f"http://127.0.0.1:{stranger.port}/status",))

        with pytest.raises(RouterError, match=r"/status.*not the status of an edge"):
            router.observe()


def test_a_file_that_is_gone_is_a_difference_and_is_written_again(site: Site) -> None:
    brought_to(site.router, target(5_000))
    site.nginx.file.unlink()

    assert not agrees(site.router, target(5_000))

    brought_to(site.router, target(5_000))


def test_whatever_was_put_in_the_file_s_place_is_a_difference_and_no_obstacle(site: Site) -> None:
    brought_to(site.router, target(5_000))
    text = site.nginx.file.read_text()

    for content in STRANGE:
        site.nginx.file.write_bytes(content)
        assert not agrees(site.router, target(5_000)), content
        site.router.apply(target(5_000))
        assert site.nginx.file.read_text() == text, content

    eventually(lambda: agrees(site.router, target(5_000)), "as told")


def test_a_table_of_another_form_that_was_loaded_is_a_difference_and_told_anew() -> None:
    with Site("nginx-njs") as site:
        brought_to(site.router, target(5_000))
        site.nginx.file.write_text('{"allocation": 1}')
        site.nginx.server.reload()

        eventually(lambda: "another form" in _detail(site.router), "the difference")

        brought_to(site.router, target(5_000))


def _detail(router: Router) -> str:
    observed = router.observe()
    return observed.detail if observed else ""


def test_an_edit_that_nobody_loaded_is_a_difference_too(site: Site) -> None:
    brought_to(site.router, target(5_000))
    text = site.nginx.file.read_text()
    site.nginx.file.write_text(text.replace("canary", "stable"))

    assert not agrees(site.router, target(5_000))

    brought_to(site.router, target(5_000))
    assert site.nginx.file.read_text() == text
