"""What people tick off before a deployment and look at after it, unless a plan says otherwise."""

from flagsvc.domain.rollouts.plan import Check, Gate

BEFORE = (
    ("code", "Code: reviewed and merged, every test passes on the very commit that is deployed"),
    ("environment", "Environment: configuration, secrets, migrations and capacity are in place"),
    ("communication", "Communication: those who use it, support it and are on call know what comes, and when"),
    ("dependencies", "Dependencies: whatever this version calls is deployed, and nothing that calls it breaks"),
)
"""Name and title of each item of the pre-deployment checklist."""

AFTER = (
    ("monitoring", "Monitoring: errors, latency and load look as they did before"),
    ("business", "Business: orders, sign-ups or whatever counts here go on as usual"),
    ("people", "People: no complaints have come in, and those who waited for it know that it is there"),
)
"""Name and title of each item of the post-deployment verification."""

SMOKE = "smoke"


def pre_deployment() -> tuple[Gate, ...]:
    """Give the pre-deployment checklist as gates of the start."""
    return tuple(Gate(name=name, kind="checklist", title=title) for name, title in BEFORE)


def post_deployment(checks: tuple[Check, ...]) -> tuple[Gate, ...]:
    """Give the post-deployment verification as gates of the end: the smoke test once more, then the list."""
    items = tuple(Gate(name=name, kind="checklist", title=title) for name, title in AFTER)
    return (*smoke(checks), *items)


def smoke(checks: tuple[Check, ...]) -> tuple[Gate, ...]:
    """Give the gate of a smoke test, or none without checks."""
    return (Gate(name=SMOKE, kind="smoke", title="Smoke test", checks=checks),) if checks else ()
