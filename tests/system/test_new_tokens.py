"""A token that one replica has just made is good at every other one at once, whatever it is for."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import urllib3

from tests.http.service import API
from tests.system.cluster import ENVIRONMENT, SPLIT, Cluster

pytestmark = pytest.mark.servers

USES: Mapping[str, tuple[str, str, str, Callable[[], Any], int]] = {
    "snapshot": ("sdk", "GET", "/sdk/v1/snapshot", lambda: None, 200),
    "stream": ("sdk", "GET", "/sdk/v1/changes", lambda: None, 200),
    "usage": ("sdk", "POST", "/sdk/v1/usage", dict, 400),
    "outcomes": ("sdk", "POST", f"/traffic/v1/{ENVIRONMENT}/{SPLIT}/outcomes", dict, 422),
    "one flag": ("evaluation", "POST", "/ofrep/v1/evaluate/flags/nobody-knows", lambda: {"context": {}}, 404),
    "all flags": ("evaluation", "POST", "/ofrep/v1/evaluate/flags", lambda: {"context": {}}, 200),
    "admin": ("admin", "GET", f"{API}/environments", lambda: None, 200),
}
"""Kind of token, method, path, body, and the status where the token counts: 400 and 422 ask for a better body."""


@pytest.mark.parametrize("use", USES)
def test_a_new_token_is_good_everywhere_at_once(cluster: Cluster, use: str) -> None:
    kind, method, path, body, status = USES[use]
    here, there = cluster.replicas
    wanted = {"kind": kind, "environment": None if kind == "admin" else ENVIRONMENT, "name": use}

    for _ in range(5):
        token = here.call("POST", "tokens", wanted)["document"]["token"]
        answer = urllib3.request(
            method,
            there.url + path,
            json=body(),
            headers={"Authorization": f"Bearer {token}"},
            preload_content=False,
            timeout=10.0,
        )
        answer.close()
        assert answer.status == status, answer.headers
