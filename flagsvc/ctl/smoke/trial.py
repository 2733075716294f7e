"""The flag and the token that one run makes, changes, and takes back."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from flagsvc.ctl.api import Answer, Api, Request, path_of
from flagsvc.ctl.failure import USAGE, Failure, Refused
from flagsvc.ctl.smoke.expecting import HALF, OFF

TOKEN_SECONDS = 900
"""The token ends by itself, also when nobody is left to revoke it."""
TAG = "smoke-test"
SERVER_ERROR = 500
UNKNOWN = frozenset({"outcome-unknown", "request-in-flight"})
"""Refusals after which the thing may be there all the same, now or soon."""
GONE = frozenset({"not-found", "archived"})


class Trial:
    """One run's own things. `revision` is where the environment was after the last write.

    `undoing` is the same service once more, perhaps with less patience, for taking back what is left in the end.
    """

    def __init__(self, admin: Api, environment: str, reason: str, undoing: Api) -> None:
        self.environment = environment
        self.key = f"smoke-{secrets.token_hex(6)}"
        self.token = ""
        self.revision = 0
        self.first_revision = 0
        self._admin = admin
        self._undoing = undoing
        self._reason = reason
        self._token_id = ""
        self._flag_may_exist = self._token_may_exist = False
        self._unanswered: dict[str, Request] = {}

    @property
    def salt(self) -> str:
        """The flag's salt: its key, so that whoever finds the flag can compute the same."""
        return self.key

    def demand_writable(self, *, protected: bool) -> str:
        """Pass where a smoke test may write. Raises Failure for a protected environment that nobody named as meant."""
        found = self._admin.get(path_of("environments", self.environment)).content
        if found.get("protected") and not protected:
            raise Failure(
                f"{self.environment} is protected: nothing was written",
                USAGE,
                "Choose another environment (-e), say --protected if it is meant, or --read-only.",
            )
        return "protected, and meant" if found.get("protected") else "not protected"

    def make_token(self) -> str:
        """Make the SDK token that the feed and OFREP are asked with."""
        expires = (datetime.now(UTC) + timedelta(seconds=TOKEN_SECONDS)).isoformat()
        self._token_may_exist = True
        body = {"kind": "sdk", "environment": self.environment, "name": self.key, "expiresAt": expires}
        document = self._created(path_of("tokens"), body).content["document"]
        self.token, self._token_id = str(document["token"]), str(document["id"])
        return f"an SDK token, valid for {TOKEN_SECONDS // 60} minutes at most"

    def make_flag(self) -> str:
        """Make the flag: half of the units get it in this environment; in all others it is off."""
        self._flag_may_exist = True
        configuration = {"enabled": True, "offVariant": OFF, "default": {"split": {"weights": dict(HALF)}}}
        body = {
            "key": self.key,
            "type": "boolean",
            "name": "Smoke test",
            "description": "Made by flagctl smoke, which archives it again. Nobody asks for it.",
            "tags": [TAG],
            "salt": self.salt,
            "environments": {self.environment: configuration},
        }
        written = self._created(path_of("flags"), body).content
        self.revision = self.first_revision = int(written["heads"][self.environment])
        return f"{self.key}, {self.environment} revision {self.revision}"

    def reweigh(self, weights: Mapping[str, int]) -> str:
        """Change the weights, as an editor does: by the version that was read."""
        path = path_of("environments", self.environment, "flags", self.key)
        version = self._admin.get(path).content["version"]
        written = self._write("POST", f"{path}/weights", {"weights": dict(weights)}, version).content
        self.revision = int(written["revision"])
        return f"{', '.join(str(each['summary']) for each in written['moves'])}, revision {self.revision}"

    def revert(self) -> str:
        """Go back to the first weights."""
        path = path_of("environments", self.environment, "flags", self.key)
        version = self._admin.get(path).content["version"]
        written = self._write("POST", f"{path}/revert", {"revision": self.first_revision}, version).content
        self.revision = int(written["revision"])
        return f"as at revision {self.first_revision}, now revision {self.revision}"

    def archive(self) -> str:
        """Take the flag from everybody; again, or where there is none, changes nothing."""
        path = path_of("flags", self.key)
        try:
            found = self._admin.get(path).content
            if not found.get("archived"):
                heads = self._write("POST", f"{path}/archive", None, found["version"]).content["heads"]
                self.revision = int(heads.get(self.environment, self.revision))
        except Refused as refused:
            if refused.word not in GONE:
                raise
        self._flag_may_exist = False
        return f"{self.key} is archived"

    def revoke(self) -> str:
        """End the token, also one of which only the name is known: its answer was lost or not waited for."""
        found = self._token_id or self._token_by_name()
        if found:
            self._write("DELETE", path_of("tokens", found))
        self._token_may_exist = False
        return "the token is revoked"

    def undo(self) -> list[str]:
        """Take back whatever is left, and tell what could not be: with what takes it away by hand."""
        left, self._admin = list[str](), self._undoing
        if self._flag_may_exist:
            left += _tried(self._unmade_flag, f"flag {self.key}: flagctl api POST /api/v1/flags/{self.key}/archive")
        if self._token_may_exist:
            left += _tried(
                self._unmade_token, f"token {self.key}, which ends by itself within {TOKEN_SECONDS // 60} minutes"
            )
        return left

    def _unmade_flag(self) -> None:
        self._settle(path_of("flags"))
        self.archive()

    def _unmade_token(self) -> None:
        self._settle(path_of("tokens"))
        self.revoke()

    def _created(self, path: str, body: Any) -> Answer:
        """Make something, and remember the request until it is known what came of it."""
        headers = {**self._told(), "Idempotency-Key": secrets.token_urlsafe(18)}
        request = self._unanswered[path] = Request(method="POST", path=path, body=body, headers=headers)
        try:
            answer = self._admin.send(request)
        except Refused as refused:
            if refused.word not in UNKNOWN:
                del self._unanswered[path]
            raise
        del self._unanswered[path]
        return answer

    def _settle(self, path: str) -> None:
        """Have a request that nobody waited for done now: what is only found missing may still come, and then stay.

        It carries the same key, so the first one, when it arrives after all, makes nothing a second time.
        """
        request = self._unanswered.get(path)
        if request is None:
            return
        try:
            self._admin.send(request)
        except Refused as refused:
            if refused.status >= SERVER_ERROR or refused.word in UNKNOWN:
                raise
        del self._unanswered[path]

    def _told(self) -> dict[str, str]:
        return {"X-Change-Reason": f"UTF-8''{quote(self._reason)}"}

    def _token_by_name(self) -> str:
        newest = self._admin.get(path_of("tokens"), environment=self.environment, limit="100").content["items"]
        return next((str(each["id"]) for each in newest if each["name"] == self.key), "")

    def _write(self, method: str, path: str, body: Any = None, version: int | None = None) -> Answer:
        headers = self._told()
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self._admin.send(Request(method=method, path=path, body=body, headers=headers))


def _tried(undo: Callable[[], object], left: str) -> list[str]:
    try:
        undo()
    except Failure as failure:
        return [f"{left} ({failure.detail})"]
    return []
