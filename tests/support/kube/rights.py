"""Who may do what, by the Roles and RoleBindings that are stored (RBAC, rbac.authorization.k8s.io/v1)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

ADMIN = "admin"


class Asked(NamedTuple):
    """What somebody wants to do: "patch", "apps", "deployments/scale", a name ("" for all)."""

    verb: str
    group: str
    resource: str
    name: str


def allowed(user: str, asked: Asked, roles: Mapping[str, Any], bindings: Mapping[str, Any]) -> bool:
    """Whether a rule of a bound role permits it."""
    return user == ADMIN or any(_permits(rule, asked) for rule in _rules(user, roles, bindings))


def _rules(user: str, roles: Mapping[str, Any], bindings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    bound = {
        binding["roleRef"]["name"]
        for binding in bindings["items"]
        if any(_is(user, subject) for subject in binding.get("subjects", ()))
    }
    for role in roles["items"]:
        if role["metadata"]["name"] in bound:
            yield from role["rules"]


def _is(user: str, subject: Mapping[str, Any]) -> bool:
    if subject["kind"] == "ServiceAccount":
        return user == f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return bool(subject["kind"] == "User" and user == subject["name"])


def _permits(rule: Mapping[str, Any], asked: Asked) -> bool:
    named = rule.get("resourceNames")
    return (
        asked.group in rule["apiGroups"]
        and asked.resource in rule["resources"]
        and asked.verb in rule["verbs"]
        and (not named or asked.name in named)
    )
