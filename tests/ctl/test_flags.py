"""`flagctl flag`: looking, switching, and the way back."""

from collections.abc import Callable

import pytest

from tests.ctl.conftest import ENVIRONMENT
from tests.ctl.program import Flagctl
from tests.support.service import Service

NewFlag = Callable[..., str]


def test_flags_are_listed_in_every_form(ctl: Flagctl, new_flag: NewFlag) -> None:
    key = new_flag(on=10)

    table = ctl.good("flag", "list", "--search", key, "-o", "table").out.splitlines()

    assert [line.split() for line in table] == [
        ["key", "default", "owner"],
        [key, "on", "off", "90", "%,", "on", "10", "%", "payments"],
    ]
    assert key in ctl.good("flag", "list", "-o", "name").out.splitlines()
    assert key in [each["key"] for each in ctl.good("flag", "list").json]
    assert f"key: {key}\n" in ctl.good("flag", "list", "-o", "yaml").out


def test_a_flag_and_a_traffic_split_are_shown(ctl: Flagctl, new_flag: NewFlag, new_split: NewFlag) -> None:
    key, split = new_flag(on=10), new_split(canary=100)

    flag = ctl.good("flag", "get", key, "-o", "table").out.splitlines()
    traffic = ctl.good("flag", "get", split, "--split", "-o", "table").out.splitlines()

    assert flag[0].startswith(f"flag/{key} @ {ENVIRONMENT}, version ")
    assert flag[1] == "  on, by default off 90 %, on 10 %"
    assert flag[3].startswith('  rule germany: on when {"attribute": "country"')
    assert traffic[1] == "  on, by default canary"


def test_switching_tells_what_it_does_and_asks(ctl: Flagctl, service: Service, new_flag: NewFlag) -> None:
    key = new_flag()

    refused = ctl.run("flag", "disable", key)
    done = ctl.on_terminal("flag", "disable", key, answers=[("[y/N]", lambda: "yes\n")])

    assert (refused.code, "Switch it off?" in refused.err) == (2, True)
    assert (done.code, "  on → off\n" in done.out) == (0, True)
    assert service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")["enabled"] is False
    assert ctl.good("flag", "enable", key, "--yes", "--wait").json["document"]["enabled"] is True


def test_the_history_names_who_changed_what_and_why_and_a_revision_leads_back(
    ctl: Flagctl, service: Service, new_flag: NewFlag
) -> None:
    key = new_flag(on=10)
    before = service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")
    ctl.good("set", key, "-w", "on=60,off=40", "--yes", "--reason", "more of it")

    rows = ctl.good("flag", "history", key, "-o", "table").out.splitlines()
    back = ctl.good("flag", "revert", key, "--to", str(before["version"]), "--yes", "-o", "table")

    assert [row.split("  ")[-1].strip() for row in rows[1:]] == ["more of it", "a test"]
    assert "who moves: 50.0 % on → off, nobody else" in back.err
    after = service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")
    assert after["default"] == before["default"]
    assert len(ctl.good("flag", "history", key, "--limit", "2").json) == 2


def test_a_difference_ends_with_3_and_none_with_0(ctl: Flagctl, service: Service, new_flag: NewFlag) -> None:
    key = new_flag(on=10)
    before = str(service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")["version"])
    ctl.good("set", key, "-w", "on=60,off=40", "--yes")

    different = ctl.alone("flag", "diff", key, "--from", before, "-o", "table")

    assert different.code == 3
    assert "  who moves: 50.0 % off → on, nobody else" in different.out.splitlines()
    assert ctl.good("flag", "diff", key, "--from", before, "--to", before, "-o", "table").out == "no differences\n"
    assert ctl.run("flag", "diff", key, "--from", "5", "--to", "4").code == 2


@pytest.mark.parametrize(
    "words",
    [["get"], ["history"], ["diff", "--from", "1"], ["enable"], ["disable", "--yes"], ["revert", "--to", "1"]],
)
def test_every_command_helps_with_a_wrong_key(ctl: Flagctl, new_flag: NewFlag, words: list[str]) -> None:
    key = new_flag()

    result = ctl.run("flag", words[0], f"{key}x", *words[1:])

    assert (result.code, f"Did you mean {key}" in result.err) == (1, True)
