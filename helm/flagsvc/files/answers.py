"""What `helm test` asks a release: is it ready, does it let nobody in without a token, does it count what it does."""

import json
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus


def ask(url: str) -> tuple[int, str]:
    """Give status and text of an answer; status 0 where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310  # of this release, always http
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def awaited(url: str, seconds: float) -> tuple[int, str]:
    """Ask until it says 200, for so long at most: a new release may still wait for its schema."""
    deadline = time.monotonic() + seconds
    while (found := ask(url))[0] != HTTPStatus.OK and time.monotonic() < deadline:
        time.sleep(1)
    return found


def faults(url: str, metrics: str, seconds: float) -> list[str]:
    """Say everything that is not as it should be."""
    found = []
    status, text = awaited(f"{url}/health/ready", seconds)
    if status != HTTPStatus.OK:
        found.append(f"/health/ready: {status} {text}")
    status, text = ask(f"{url}/api/v1/environments")
    if status != HTTPStatus.UNAUTHORIZED:
        found.append(f"/api/v1/environments without a token: {status}, expected 401")
    status, text = ask(metrics)
    if "flagsvc_build_info" not in text:
        found.append(f"{metrics}: {status}, and no flagsvc_build_info in it")
    status, text = ask(f"{url}/health")
    if status == HTTPStatus.OK and json.loads(text)["status"] != "ok":
        print(f"note: /health: {text}")  # degraded is worth a look, and no failure: it serves
    return found


if __name__ == "__main__":
    told = faults(sys.argv[1], sys.argv[2], float(sys.argv[3]))
    print("\n".join(told) or "ready")
    sys.exit(bool(told))
