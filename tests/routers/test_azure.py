"""Azure App Service slots against a stand-in of Resource Manager, which Azure's own client library talks to as well."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from azure.core.pipeline.policies import HeadersPolicy
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web.models import CsmSlotEntity, Experiments, RampUpRule, SiteConfigResource

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers import Tools, azure_arm, azure_swap, build
from flagsvc.routers.azure_slots import Options
from flagsvc.routers.common import awaiting
from tests.routers.contract import STEPS, RouterContract, brought_to, target
from tests.support.fake_arm import GROUP, IDENTITY_SECRET, ROOT, SITE, SUBSCRIPTION, FakeArm
from tests.support.timing import eventually, within

TOOLS = Tools(shelf=None)  # type: ignore[arg-type]  # nothing of it is used
pytestmark = pytest.mark.usefixtures("short")


@pytest.fixture
def arm(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArm]:
    with FakeArm() as fake:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{fake.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_SECRET)
        yield fake


def router_of(arm: FakeArm, **more: Any) -> Any:
    backends = more.pop("backends", {"stable": "production", "canary": "staging"})
    options = Options(
        subscription=SUBSCRIPTION, resource_group=GROUP, site=SITE, backends=backends, arm=arm.url, **more
    )
    return build("edge", "azure-slots", options, TOOLS)


def swap_of(arm: FakeArm) -> Any:
    return router_of(arm, mode="swap", backends={"stable": "blue", "canary": "green"})


@pytest.fixture
def theirs(arm: FakeArm) -> Iterator[Any]:
    bearer = HeadersPolicy({"Authorization": "Bearer of-azure"})  # theirs sends tokens over TLS only
    nobody: Any = object()  # the policy stands for the credential
    with WebSiteManagementClient(
        nobody, SUBSCRIPTION, base_url=arm.url, authentication_policy=bearer, retry_total=0, polling_interval=0
    ) as client:
        yield client.web_apps


class Rules:
    """A web app whose slots share by rules."""

    steps: tuple[int, ...] = STEPS

    def __init__(self, arm: FakeArm) -> None:
        self.arm = arm
        self.router = router_of(arm)

    def by_hand(self, canary: int) -> None:
        rule = {"name": "staging", "actionHostName": self.arm.host("staging"), "reroutePercentage": canary / 1000}
        self.arm.rules[:] = [rule]

    def restart(self) -> None:
        self.router = router_of(self.arm)

    def down(self) -> AbstractContextManager[None]:
        return self.arm.down()

    def writes(self) -> int:
        return self.arm.writes


class Swapped(Rules):
    """A web app whose slots are swapped."""

    steps = (0, 100_000, 0, 0)

    def __init__(self, arm: FakeArm) -> None:
        super().__init__(arm)
        self.router = swap_of(arm)

    def by_hand(self, canary: int) -> None:
        if (self.arm.state["settings"]["production"]["FLAGSVC_BACKEND"] == "green") != bool(canary):
            self.arm.exchange()

    def restart(self) -> None:
        self.router = swap_of(self.arm)


class TestRules(RouterContract):
    @pytest.fixture
    def world(self, arm: FakeArm) -> Rules:
        return Rules(arm)


class TestSwap(RouterContract):
    @pytest.fixture
    def world(self, arm: FakeArm) -> Swapped:
        return Swapped(arm)


def test_azure_s_own_client_reads_what_ours_wrote(arm: FakeArm, theirs: Any) -> None:
    brought_to(router_of(arm), target(25_000))

    config = theirs.get_configuration(GROUP, SITE)

    (rule,) = config.experiments.ramp_up_rules
    assert (rule.name, rule.action_host_name, rule.reroute_percentage) == ("staging", arm.host("staging"), 25.0)
    assert (config.always_on, config.min_tls_version) == (True, "1.2")
    assert theirs.get_slot(GROUP, SITE, "staging").default_host_name == arm.host("staging")


def test_ours_reads_what_azure_s_own_client_wrote(arm: FakeArm, theirs: Any) -> None:
    rule = RampUpRule(name="staging", action_host_name=arm.host("staging"), reroute_percentage=40.0)
    theirs.update_configuration(
        GROUP, SITE, SiteConfigResource({"properties": {"experiments": Experiments(ramp_up_rules=[rule])}})
    )

    observed = router_of(arm).observe()

    assert observed.weights == {"stable": 60, "canary": 40}


def test_azure_s_own_client_sends_the_very_requests_that_ours_sends(arm: FakeArm, theirs: Any) -> None:
    router = swap_of(arm)
    brought_to(router, target(100_000))
    theirs.list_application_settings(GROUP, SITE)
    theirs.list_application_settings_slot(GROUP, SITE, "staging")
    theirs.list_slot_configuration_names(GROUP, SITE)
    theirs.begin_swap_slot(GROUP, SITE, "staging", CsmSlotEntity(target_slot="production", preserve_vnet=True)).result()

    assert router.observe().weights == {"stable": 1}
    sent = {True: list[Any](), False: list[Any]()}
    for asked in arm.asked:
        if asked.path.startswith(ROOT):
            by_theirs = "azsdk" in asked.headers["User-Agent"]
            sent[by_theirs].append((asked.method, asked.path, asked.query.get("api-version"), asked.json()))
    assert {call[1].rpartition("/")[2] for call in sent[True]} == {"list", "slotConfigNames", "slotsswap"}
    assert all(call in sent[False] for call in sent[True])


def test_rules_of_others_and_other_members_of_ours_are_kept(arm: FakeArm) -> None:
    beta = {"name": "beta", "actionHostName": "beta.azurewebsites.net", "reroutePercentage": 0.0}
    ours = {
        "name": "staging",
        "actionHostName": arm.host("staging"),
        "reroutePercentage": 5.0,
        "maxReroutePercentage": 60,
    }
    arm.rules[:] = [beta, ours]

    brought_to(router_of(arm), target(50_000))

    assert arm.rules == [beta, {**ours, "reroutePercentage": 50.0}]
    assert arm.state["config"]["alwaysOn"] is True


def test_a_plan_keeps_the_address_of_somebody_s_algorithm_to_itself_and_the_write_keeps_it(arm: FakeArm) -> None:
    beta = {
        "name": "beta",
        "actionHostName": "b",
        "reroutePercentage": 0.0,
        "changeDecisionCallbackUrl": "https://a?k=y",
    }
    arm.rules[:] = [beta]
    router = router_of(arm)

    (plan,) = router.plan(target(5_000))
    brought_to(router, target(5_000))

    assert "k=y" not in plan
    assert arm.rules[0] == beta


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"name": "beta", "actionHostName": "b", "reroutePercentage": 10.0}, "'beta'.*10 %.*backends"),
        (
            {"name": "staging", "actionHostName": "s", "reroutePercentage": 1.0, "changeStep": 5.0},
            "'staging'.*changeStep",
        ),
    ],
)
def test_a_second_mover_is_refused_and_seen(arm: FakeArm, rule: dict[str, Any], words: str) -> None:
    arm.rules[:] = [rule]
    router = router_of(arm)

    for call in (router.plan, router.apply):
        with pytest.raises(RouterError, match=words) as told:
            call(target(5_000))
        assert told.value.permanent
    assert arm.writes == 0
    assert router.observe().weights["stable"] < 100


def test_a_rule_that_leads_elsewhere_counts_for_nobody_and_is_put_right(arm: FakeArm) -> None:
    arm.rules[:] = [{"name": "staging", "actionHostName": "elsewhere.example", "reroutePercentage": 25.0}]
    router = router_of(arm)

    assert router.observe().weights == {"stable": 75, "canary": 0}
    brought_to(router, target(25_000))

    assert arm.rules[0]["actionHostName"] == arm.host("staging")


def test_finer_steps_are_told_as_fractions(arm: FakeArm) -> None:
    router = router_of(arm, granularity=10_000)

    brought_to(router, target(3_330))

    assert arm.rules[0]["reroutePercentage"] == 3.33


def test_what_others_wrote_in_between_is_a_conflict_where_azure_has_an_etag(
    arm: FakeArm, monkeypatch: pytest.MonkeyPatch
) -> None:
    arm.etags = True
    router = router_of(arm)
    hosts = router._hosts

    def meanwhile() -> Any:
        arm.state["changes"] += 1
        return hosts()

    monkeypatch.setattr(router, "_hosts", meanwhile)

    with pytest.raises(RouterError, match="412") as told:
        router.apply(target(5_000))

    assert told.value.conflict
    assert arm.writes == 0


@pytest.mark.parametrize("make", [router_of, swap_of])
@pytest.mark.parametrize(
    ("fault", "permanent"), [("mute", False), ("refuse", False), ("forbid", True), ("late", False)]
)
def test_a_write_that_is_not_answered_well_is_an_error(
    arm: FakeArm,
    make: Any,
    fault: Any,
    permanent: bool,  # noqa: FBT001  # a column
) -> None:
    router = make(arm)

    with arm.bent(fault), within(5), pytest.raises(RouterError) as told:
        router.apply(target(100_000))

    assert told.value.permanent == permanent
    assert "of-azure" not in str(told.value)


def test_rules_that_were_applied_though_nobody_said_so_are_read_back_and_not_told_again(arm: FakeArm) -> None:
    router = router_of(arm)
    with arm.bent("late"), pytest.raises(RouterError):
        router.apply(target(25_000))

    assert router.plan(target(25_000)) == ()
    brought_to(router, target(25_000))

    assert arm.writes == 1


def test_an_answer_that_drips_is_bounded(arm: FakeArm) -> None:
    router = router_of(arm)

    with arm.bent("drip"), within(5), pytest.raises(RouterError, match="too long"):
        router.apply(target(25_000))


def test_a_lie_is_read_back(arm: FakeArm) -> None:
    router = router_of(arm)

    with arm.bent("lie"):
        router.apply(target(25_000))

    assert router.observe().weights == {"stable": 100, "canary": 0}
    assert router.plan(target(25_000))


def test_an_answer_with_other_rules_than_were_sent_is_an_error(arm: FakeArm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arm, "_patch", lambda _: arm._config())

    with pytest.raises(RouterError, match="other routing rules") as told:
        router_of(arm).apply(target(25_000))

    assert not told.value.permanent


def test_throttled_is_temporary_and_leaves_no_doubt(arm: FakeArm) -> None:
    for router in (router_of(arm), swap_of(arm)):
        arm.throttled = True
        with pytest.raises(RouterError, match="429") as told:
            router.apply(target(100_000))
        assert not told.value.permanent
        arm.throttled = False

        brought_to(router, target(100_000))


def test_a_swap_that_takes_long_is_accepted_and_in_force_later(arm: FakeArm) -> None:
    arm.swap_requests = 10**6
    router = swap_of(arm)

    router.apply(target(100_000))
    router.apply(target(100_000))

    observed = router.observe()
    assert (observed.weights, observed.detail) == ({}, "a swap to canary is under way")
    assert router.plan(target(100_000)) == ()
    with pytest.raises(RouterError, match="under way") as told:
        router.apply(target(0))
    assert not told.value.permanent
    assert arm.writes == 1

    end_swaps(arm)
    brought_to(router, target(100_000))
    arm.swap_requests = 2
    brought_to(router, target(0))
    assert arm.writes == 2


def end_swaps(arm: FakeArm) -> None:
    for operation in arm.state["operations"].values():
        operation["left"] = 0


def test_a_swap_whose_answer_was_lost_is_never_doubled(arm: FakeArm) -> None:
    router = swap_of(arm)
    arm.swap_requests = 10**6
    with arm.bent("late"), pytest.raises(RouterError, match="may have been accepted"):
        router.apply(target(100_000))

    for canary in (100_000, 0):
        with pytest.raises(RouterError, match="may be under way"):
            router.apply(target(canary))
    assert router.observe().weights == {}
    end_swaps(arm)

    brought_to(router, target(100_000))
    assert arm.writes == 1


def test_a_lost_swap_that_was_seen_to_come_is_over(arm: FakeArm) -> None:
    router = swap_of(arm)
    with arm.bent("late"), pytest.raises(RouterError, match="may have been accepted"):
        router.apply(target(100_000))
    end_swaps(arm)
    eventually(lambda: router.observe().weights == {"canary": 1}, "the swap in force")

    arm.exchange()

    assert router.observe().weights == {"stable": 1}
    brought_to(router, target(100_000))


def test_a_swap_that_was_never_accepted_is_sent_again_once_it_cannot_come_any_more(
    arm: FakeArm, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = swap_of(arm)
    with arm.bent("mute"), pytest.raises(RouterError, match="may have been accepted"):
        router.apply(target(100_000))
    monkeypatch.setattr(azure_swap, "DOUBT_SECONDS", 0.0)

    brought_to(router, target(100_000))

    assert arm.writes == 1


def test_a_swap_by_somebody_else_is_a_conflict(arm: FakeArm) -> None:
    arm.swap_requests = 10**6
    swap_of(arm).apply(target(100_000))

    with pytest.raises(RouterError, match="another operation") as told:
        swap_of(arm).apply(target(100_000))

    assert told.value.conflict
    assert arm.writes == 1


def test_a_swap_that_fails_says_why_and_can_be_tried_again(arm: FakeArm) -> None:
    router = swap_of(arm)
    arm.fails = "the slot did not warm up"

    with pytest.raises(RouterError, match="SwapFailed the slot did not warm up") as told:
        router.apply(target(100_000))

    assert not told.value.permanent
    assert router.observe().weights == {"stable": 1}
    arm.fails = ""
    brought_to(router, target(100_000))


@pytest.mark.parametrize("status", [400, 409, 417])
def test_a_swap_whose_operation_ends_as_an_error_status_is_over(arm: FakeArm, status: int) -> None:
    router = swap_of(arm)
    arm.fails, arm.fails_with = "the 'staging' slot did not respond to http ping", status

    with pytest.raises(RouterError, match=f"failed .{status}.*http ping") as told:
        router.apply(target(100_000))

    assert not told.value.permanent
    assert router.observe().weights == {"stable": 1}
    arm.fails = ""
    brought_to(router, target(100_000))


@pytest.mark.parametrize("where", ["http://elsewhere.example", "/forbidden"])
def test_a_swap_whose_operation_may_not_be_asked_about_is_seen_at_production(arm: FakeArm, where: str) -> None:
    router = swap_of(arm)
    arm.operations_at = where if where.startswith("http") else f"{arm.url}{where}"
    arm.swap_requests = 10**6
    router.apply(target(100_000))

    assert router.observe().weights == {}
    end_swaps(arm)

    brought_to(router, target(100_000))
    assert arm.writes == 1


def test_a_swap_that_never_ends_is_asked_about_for_half_an_hour(arm: FakeArm, monkeypatch: pytest.MonkeyPatch) -> None:
    router = swap_of(arm)
    arm.swap_requests = 10**6
    router.apply(target(100_000))
    assert router.observe().weights == {}

    monkeypatch.setattr(azure_swap, "LONGEST_SECONDS", 0.0)

    assert router.observe().weights == {"stable": 1}


def test_the_port_that_a_scheme_has_anyway_is_the_same_host() -> None:
    home = azure_arm.Arm("https://management.azure.com", "s", "g", "shop")

    assert home._path_of("https://Management.azure.com:443/a/b?api-version=1") == "/a/b?api-version=1"
    for foreign in ("https://management.azure.com:444/a", "http://management.azure.com/a", "/a"):
        with pytest.raises(RouterError, match="another host"):
            home._path_of(foreign)


def test_a_swap_by_somebody_else_just_before_ours_is_not_undone(arm: FakeArm, monkeypatch: pytest.MonkeyPatch) -> None:
    router = swap_of(arm)
    demanded = router._demand_that_it_moves

    def meanwhile(wanted: str) -> None:
        demanded(wanted)
        arm.exchange()

    monkeypatch.setattr(router, "_demand_that_it_moves", meanwhile)
    router.apply(target(100_000))

    assert arm.writes == 0
    assert router.observe().weights == {"canary": 1}


def test_a_process_that_stood_still_between_reading_and_swapping_swaps_nothing(
    arm: FakeArm, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = swap_of(arm)
    monkeypatch.setattr(awaiting, "FRESH_SECONDS", -1.0)

    with pytest.raises(RouterError, match="read again") as told:
        router.apply(target(100_000))

    assert not told.value.permanent
    assert arm.writes == 0


def test_a_certificate_that_is_not_there_is_told_at_the_first_use(
    arm: FakeArm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", SUBSCRIPTION)
    monkeypatch.setenv("AZURE_CLIENT_ID", "flagsvc")
    certificate = tmp_path / "identity.pem"
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(certificate))
    router = router_of(arm)

    with pytest.raises(RouterError, match="no token for Azure"):
        router.observe()


def test_a_swap_that_says_done_and_was_not_is_an_error(arm: FakeArm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arm, "exchange", lambda: None)

    with pytest.raises(RouterError, match="does not hold 'canary'"):
        swap_of(arm).apply(target(100_000))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"production": {"FLAGSVC_BACKEND": "red", "KEY": "x-secret"}, "staging": {}},
            "'production' is 'red'.*'blue' or",
        ),
        ({"production": {"FLAGSVC_BACKEND": "blue"}, "staging": {"FLAGSVC_BACKEND": "blue"}}, "'staging' is 'blue'"),
        ({"production": {"FLAGSVC_BACKEND": "blue"}, "staging": {}}, "'staging' is None, expected 'green'"),
    ],
)
def test_slots_without_their_mark_are_not_swapped(arm: FakeArm, settings: dict[str, Any], words: str) -> None:
    arm.state["settings"] = settings

    with pytest.raises(RouterError, match=words) as told:
        swap_of(arm).apply(target(100_000))

    assert told.value.permanent
    assert "x-secret" not in str(told.value)
    assert arm.writes == 0


def test_a_mark_that_stays_with_its_slot_is_refused_before_the_swap(arm: FakeArm) -> None:
    arm.state["staying"].append("FLAGSVC_BACKEND")

    with pytest.raises(RouterError, match="deployment slot setting") as told:
        swap_of(arm).apply(target(100_000))

    assert told.value.permanent
    assert arm.writes == 0


def test_the_token_is_not_carried_to_another_host(arm: FakeArm) -> None:
    router = swap_of(arm)

    with pytest.raises(RouterError, match="another host"):
        router._arm.outcome("https://elsewhere.example/operations/1")


def test_no_identity_is_an_error_that_says_what_to_do(arm: FakeArm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")

    with pytest.raises(RouterError, match="managed or workload identity") as told:
        router_of(arm).observe()

    assert not told.value.permanent
    assert "wrong" not in str(told.value)
