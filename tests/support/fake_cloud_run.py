"""The Cloud Run API, version 2, for one service, and Google's token endpoint; both as strict as a router depends on.

A change is accepted as an operation and serves only when the operation is done (`slow`: how many readings it takes).
"""

from functools import cache
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from tests.support.fake_http import Answer, Asked, Fake

NAME = "projects/shop-project/locations/europe-west1/services/shop"
REVISIONS = ("shop-00011", "shop-00012", "shop-00013")
LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
AUDIENCE = "https://oauth2.googleapis.com/token"  # whatever the address of the token endpoint is
KNOWN = {"name", "etag", "traffic"}


CANARY_TAGGED: tuple[dict[str, Any], ...] = (
    {"type": REVISION, "revision": "shop-00012", "percent": 100},
    {"type": REVISION, "revision": "shop-00013", "tag": "canary"},
)


@cache
def account() -> tuple[dict[str, str], str]:
    """Make a service account's key file, without the address of its tokens, and the public key (PEM) that checks it."""
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = {
        "type": "service_account",
        "project_id": "shop-project",
        "private_key": private.decode(),
        "client_email": "flagsvc@shop-project.iam.gserviceaccount.com",
    }
    return file, public.decode()


class FakeCloudRun(Fake):
    """`certificate`: the public key (PEM) by which the service account's assertions are checked."""

    def __init__(self, certificate: str = "") -> None:
        super().__init__()
        self.slow = 1
        self.fails: dict[str, Any] = {}
        self.certificate = certificate
        self.tokens = 0
        self.state = {
            "service": {
                "name": NAME,
                "generation": "7",
                "etag": '"7"',
                "labels": {"team": "shop"},
                "template": {"containers": [{"image": "shop:12"}], "maxInstanceRequestConcurrency": 80},
                "traffic": [{"type": REVISION, "revision": "shop-00012", "percent": 100}],
                "trafficStatuses": [{"type": REVISION, "revision": "shop-00012", "percent": 100}],
                "latestReadyRevision": f"{NAME}/revisions/shop-00013",
                "reconciling": False,
            },
            "operations": {},
            "left": {},
        }

    @property
    def service(self) -> dict[str, Any]:
        """The service, as it is answered."""
        service: dict[str, Any] = self.state["service"]
        return service

    def put(self, *rows: dict[str, Any]) -> None:
        """Have other traffic at once, as after a command of a person's."""
        self.service["traffic"] = list(rows)
        self._serve()
        self._count()

    def is_write(self, asked: Asked) -> bool:
        return asked.method == "PATCH"

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            return self._token(asked)
        if asked.headers.get("Authorization") != "Bearer of-google":
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        self._tick()
        if asked.path == f"/v2/{NAME}":
            return self._patch(asked) if asked.method == "PATCH" else Answer(200, self.service)
        operation = self.state["operations"].get(asked.path.removeprefix("/v2/"))
        return Answer(200, operation) if operation else _error(404, "NOT_FOUND", f"{asked.path} was not found")

    def _patch(self, asked: Asked) -> Answer:
        content = named(asked.json())
        if content.get("etag") and content["etag"] != self.service["etag"]:
            return _error(409, "ABORTED", "Conflict for resource 'shop': version does not match")
        if wrong := _wrong(content, asked.query.get("updateMask", "")):
            return _error(400, "INVALID_ARGUMENT", wrong)
        self.service["traffic"] = content["traffic"]
        self.service["reconciling"] = True
        self._count()
        name = f"{NAME.rpartition('/services')[0]}/operations/{len(self.state['operations'])}"
        self.state["operations"][name] = {"name": name, "done": False}
        self.state["left"][name] = self.slow
        return Answer(200, {"name": name, "done": False})

    def _tick(self) -> None:
        for name, left in list(self.state["left"].items()):
            self.state["left"][name] = left - 1
            if not left:
                del self.state["left"][name]
                self._end(name, self.state["operations"][name])

    def _end(self, name: str, operation: dict[str, Any]) -> None:
        operation["done"] = True
        self.service["reconciling"] = False
        if self.fails:
            operation["error"] = self.fails
            return
        self._serve()
        typed = {"@type": "type.googleapis.com/google.cloud.run.v2.Service"}
        operation["response"] = {**typed, **self.service}

    def _serve(self) -> None:
        self.service["trafficStatuses"] = [dict(row) for row in self.service["traffic"]]

    def _count(self) -> None:
        self.service["generation"] = str(int(self.service["generation"]) + 1)
        self.service["etag"] = f'"{self.service["generation"]}"'

    def _token(self, asked: Asked) -> Answer:
        assertion = parse_qs(asked.body.decode())["assertion"][0]
        claims: Any = jwt.decode(assertion, self.certificate, audience=AUDIENCE)  # type: ignore[no-untyped-call]
        if "cloud-platform" not in claims["scope"]:
            return Answer(400, {"error": "invalid_scope"})
        self.tokens += 1
        return Answer(200, {"access_token": "of-google", "expires_in": 3600, "token_type": "Bearer"})


def named(content: dict[str, Any]) -> dict[str, Any]:
    """Write enumerations by name: JSON of protocol buffers may have either, and Google's client sends numbers."""
    names = {1: LATEST, 2: REVISION}
    rows = [{**row, "type": names.get(row.get("type"), row.get("type"))} for row in content.get("traffic", ())]
    return {**content, "traffic": rows}


def _wrong(content: dict[str, Any], mask: str) -> str:
    if mask != "traffic" or set(content) - KNOWN:
        return f"mask {mask!r} and members {sorted(content)}: only traffic is to be written"
    rows = content["traffic"]
    if sum(row.get("percent", 0) for row in rows) != 100:
        return "traffic percents must add up to 100"
    return next((f"the row {row} is wrong" for row in rows if not _is_row(row)), "")


def _is_row(row: dict[str, Any]) -> bool:
    if set(row) - {"type", "revision", "percent", "tag"} or type(row.get("percent", 0)) is not int:
        return False
    if row.get("type") == LATEST:
        return "revision" not in row
    return row.get("type") == REVISION and row.get("revision") in REVISIONS


def _error(code: int, status: str, message: str) -> Answer:
    return Answer(code, {"error": {"code": code, "status": status, "message": message}})
