"""Usage that must type-check under mypy --strict: the default keeps its type, and every form of context is taken."""

from collections.abc import Mapping
from typing import Any, assert_type

from flagsdk import Context, Decision, FlagClient, Status, Use
from flagsdk.integrations.flags import Flags


def construction() -> list[FlagClient]:
    return [
        FlagClient("redis://cache:6379", environment="production"),
        FlagClient(redis="redis://cache:6379?environment=production"),
        FlagClient("https://flags.example", token="…", start_seconds=1, stale_seconds=60),  # noqa: S106
        FlagClient("redis://cache:6379", "https://flags.example", environment="production", token="…"),  # noqa: S106
        FlagClient(redis="redis://cache:6379", cache_dir="/var/cache/app", bootstrap={"a": True}, when_stale="off"),
        FlagClient.for_testing({"checkout-v2": True}, other="red"),
        FlagClient(url="https://flags.example", token="…"),  # noqa: S106
        FlagClient(file="flags.json"),
        FlagClient.from_env(),
        FlagClient.from_env(start_seconds=0),
    ]


def values(flags: FlagClient) -> None:
    user = Context("user-42", country="DE", plan="pro")
    plain: Mapping[str, Any] = {"targetingKey": "user-42", "country": "DE"}

    assert_type(flags.is_enabled("a"), bool)
    assert_type(flags.is_enabled("a", user), bool)
    assert_type(flags.get_boolean("a", user), bool)
    assert_type(flags.get_boolean("a", user, default=True), bool)
    assert_type(flags.get_boolean("a", user, None), bool | None)
    assert_type(flags.get_boolean("a", default=None), bool | None)
    assert_type(flags.get_string("a", plain), str)
    assert_type(flags.get_string("a", "user-42", "red"), str)
    assert_type(flags.get_string("a", "user-42", None), str | None)
    assert_type(flags.get_string("a", None, default=1), str | int)
    assert_type(flags.get_integer("a", user, 3), int)
    assert_type(flags.get_integer("a", user, None), int | None)
    assert_type(flags.get_float("a", user, 0.5), float)
    assert_type(flags.get_float("a", user, None), float | None)
    assert_type(flags.get_object("a", user), dict[str, Any] | None)
    assert_type(flags.get_object("a", user, {}), dict[str, Any])
    assert_type(flags.get_boolean("a"), bool)
    assert_type(flags.get_boolean("a", user, "unset"), bool | str)
    assert_type(flags.get_string("a", default="red"), str)
    assert_type(flags.get_integer("a", default=1.5), int | float)
    assert_type(flags.get_float("a", user, default=1), float)
    assert_type(flags.get_object("a", user, None), dict[str, Any] | None)
    assert_type(flags.get_object("a", default=[1]), dict[str, Any] | list[int])
    assert_type(flags.cohort("checkout", user), str)


def explanations(flags: FlagClient) -> None:
    decision = flags.get_boolean_details("a", Context("user-42"), default=True)
    everything = flags.evaluate_all("user-42")

    assert_type(decision, Decision)
    assert_type(decision.variant, str | None)
    assert_type(decision.bucket, int | None)
    assert_type(everything["a"], Decision)
    assert_type(flags.cohort_details("checkout"), Decision)
    assert_type(flags.status, Status)
    assert_type(flags.usage(), Mapping[Use, int])


def of_a_request(flags: Flags) -> None:
    assert_type(flags.is_enabled("a"), bool)
    assert_type(flags.get_string("a", default="red"), str)
    assert_type(flags.get_string("a", {"plan": "pro"}, None), str | None)
    assert_type(flags.get_object("a"), dict[str, Any] | None)
    assert_type(flags.with_context(Context("user-42")).get_float("a"), float)
    assert_type(flags.cohort("checkout"), str)


def outcomes(flags: FlagClient) -> None:
    flags.outcome("a", Context("user-42"), ok=False, seconds=0.2)
    flags.outcome("checkout", "user-42", kind="split", variant="canary", metric="revenue", value=3)
    with flags.measured("a", {"plan": "pro"}) as block:
        block.failed()


def lifecycle() -> None:
    with FlagClient.from_env() as flags:
        end = flags.on_change(["a", "b"], lambda changed: print(sorted(changed)))  # noqa: T201
        assert_type(flags.wait_ready(1.5), bool)
        end()


async def in_async_programs() -> bool:
    async with FlagClient.from_env() as flags:
        return flags.is_enabled("a", Context(None, country="AT"))
