"""Addresses: what is not served is not found, and nobody is sent anywhere else."""

import pytest
from starlette.testclient import TestClient

from tests.operations.conftest import ADMIN


@pytest.mark.parametrize("path", ["/api/v1/flags/", "/health/", "/sdk/v1/snapshot/", "/metrics/", "/docs/"])
def test_a_slash_too_many_leads_nowhere(client: TestClient, path: str) -> None:
    """A redirect would repeat the Host header of the request and, behind a proxy, lead a token out of TLS."""
    headers = {"Authorization": f"Bearer {ADMIN}", "Host": "elsewhere.example"}
    answer = client.get(path, headers=headers, follow_redirects=False)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "location" not in answer.headers
