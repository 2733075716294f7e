"""Somebody who follows the live stream of the admin API, and remembers what was told."""

import json
import threading
from typing import Any, Self

import httpx2

from flagsdk.sources.sse import Event, Parser
from tests.support.plain import PLAIN
from tests.support.timing import eventually

STREAM = "/api/v1/stream"


class Follower:
    """Reads the stream in a thread while the block runs; `kinds`, `told` and `comments` grow meanwhile."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, verify=PLAIN, timeout=60
        )
        self._events: list[Event] = []
        self._parser = Parser()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._left = False
        self.headers: dict[str, str] = {}
        self.ended = False

    def __enter__(self) -> Self:
        self._thread.start()
        eventually(lambda: self.kinds or self.ended, "the greeting")
        return self

    def __exit__(self, *_: object) -> None:
        self._left = True
        self._client.close()
        self._thread.join(30)

    @property
    def retry_seconds(self) -> float:
        """The delay that the service asked for."""
        return self._parser.retry_seconds

    @property
    def kinds(self) -> list[str]:
        """Kinds of the events so far, in their order."""
        return [event.kind for event in list(self._events) if event.kind != "comment"]

    @property
    def comments(self) -> list[str]:
        """Comments so far."""
        return [event.data for event in list(self._events) if event.kind == "comment"]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Members of the events of a kind so far."""
        return [json.loads(event.data) for event in list(self._events) if event.kind == kind]

    def _read(self) -> None:
        try:
            with self._client.stream("GET", STREAM) as response:
                assert response.status_code == 200, response.status_code
                self.headers = dict(response.headers)
                for chunk in response.iter_raw():
                    self._events += self._parser.feed(chunk)
        except (httpx2.HTTPError, httpx2.StreamError, OSError):
            if not self._left:
                raise
        finally:
            self.ended = True
