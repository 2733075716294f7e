"""`flagctl smoke --read-only`, as a monitor runs it every minute: it must not set off an alert by itself."""

from tests.ctl.program import Flagctl
from tests.support.service import Service


def unknown_decisions(service: Service) -> list[str]:
    with service.client() as client:
        lines = client.get("/metrics").text.splitlines()
    return [line for line in lines if line.startswith("flagsvc_decisions_total{") and 'split="unknown"' in line]


def test_reading_only_asks_for_no_split_that_does_not_exist(ctl: Flagctl, service: Service) -> None:
    """EdgeAsksUnknown is for load balancers that ask for the wrong name."""
    service.call("POST", "environments", {"key": "quiet", "name": "Quiet"})
    before = unknown_decisions(service)

    result = ctl.good("smoke", "-e", "quiet", "--read-only", "--allow-degraded", "--timeout", "60s")

    [traffic] = [each for each in result.json["checks"] if each["name"] == "traffic"]
    assert (traffic["result"], traffic["detail"]) == ("passed", "there is no traffic split to ask for")
    assert unknown_decisions(service) == before
