"""The small API server: HTTPS (or HTTP) on loopback, tokens and client certificates, RBAC, the verbs that are used.

It has no watch, no server-side apply, no paging and no controllers: what is told here needs none of them.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.certificates import Certificates
from tests.support.kube.kinds import BUILT_IN, Kind, defined, definitions
from tests.support.kube.objects import Objects, Refused, merged, patched
from tests.support.kube.rights import ADMIN, Asked, allowed

ADMIN_TOKEN = "token-of-the-admin"  # noqa: S105  # of a server of a test
USER_TOKEN = "token-of-the-service"  # noqa: S105  # likewise
USER = "system:serviceaccount:flagsvc:flagsvc"
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
PATCHES = {"application/json-patch+json": patched, "application/merge-patch+json": merged}


class Call(NamedTuple):
    """One request as it was answered."""

    user: str
    method: str
    path: str
    status: int
    dry_run: bool


class _Place(NamedTuple):
    kind: Kind
    namespace: str
    name: str
    subresource: str


class FakeKube:
    """`start` after `stop` takes the same port and has kept all objects, as the real one has them from etcd."""

    def __init__(
        self, certificates: Certificates | None = None, crds: Iterable[Mapping[str, Any]] | None = None
    ) -> None:
        self.objects = Objects()
        self.tokens = {ADMIN_TOKEN: ADMIN, USER_TOKEN: USER}
        self.calls: list[Call] = []
        self.certificates = certificates
        self.port = 0
        self.held: threading.Event | None = None
        kinds = [*BUILT_IN, *defined(definitions() if crds is None else crds)]
        self._kinds = {(kind.group_version, kind.plural): kind for kind in kinds}
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.certificates else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        if self.certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificates.files["server"], self.certificates.files["server_key"])
            context.load_verify_locations(self.certificates.files["ca"])
            context.verify_mode = ssl.CERT_OPTIONAL
            plain = self._server.socket
            self._server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="kube", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End every connection and close the port."""
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, user: str | None, method: str, target: str, media_type: str, body: bytes) -> tuple[int, Any]:
        """Do one request; gives status and object."""
        parts = urlsplit(target)
        dry_run = parse_qs(parts.query).get("dryRun") == ["All"]
        try:
            place = self._place(parts.path)
            self._demand_right(user, method, place)
            status, answer = self._do(method, place, media_type, body, dry_run=dry_run)
        except Refused as refused:
            status, answer = refused.code, refused.status
        self.calls.append(Call(str(user), method, parts.path, status, dry_run))
        if self.held is not None and method != "GET":
            self.held.wait(60)
        return status, answer

    def writes(self) -> int:
        """Count what stored something (or said so), the admin's own writes included."""
        return sum(call.method != "GET" and call.status < 300 and not call.dry_run for call in self.calls)

    def _place(self, path: str) -> _Place:
        steps = [unquote(step) for step in path.strip("/").split("/")]
        if len(steps) in range(6, 9) and steps[0] == "apis" and steps[3] == "namespaces":
            kind = self._kinds.get((f"{steps[1]}/{steps[2]}", steps[5]))
            name, subresource = ([*steps[6:], "", ""])[:2]
            if kind and (not subresource or getattr(kind, subresource, False)):
                return _Place(kind, steps[4], name, subresource)
        raise Refused(404, "NotFound", "the server could not find the requested resource")

    def _demand_right(self, user: str | None, method: str, place: _Place) -> None:
        if user is None:
            raise Refused(401, "Unauthorized", "Unauthorized")
        verb = VERBS.get(method) or ("get" if place.name else "list")
        resource = "/".join(filter(None, (place.kind.plural, place.subresource)))
        asked = Asked(verb, place.kind.group, resource, place.name)
        roles, bindings = (
            self.objects.all(self._kinds["rbac.authorization.k8s.io/v1", plural], place.namespace)
            for plural in ("roles", "rolebindings")
        )
        if not allowed(user, asked, roles, bindings):
            raise Refused(
                403, "Forbidden",
                f'{place.kind.plural}.{place.kind.group} "{place.name}" is forbidden: User "{user}" cannot {verb} '
                f'resource "{resource}" in API group "{place.kind.group}" in the namespace "{place.namespace}"',
            )  # fmt: skip

    def _do(self, method: str, place: _Place, media_type: str, body: bytes, *, dry_run: bool) -> tuple[int, Any]:
        kind, namespace, name, sub = place
        if method == "GET" and sub == "scale":
            return 200, self.objects.update(kind, namespace, name, lambda scale: scale, sub, dry=True)
        if method == "GET":
            return 200, self.objects.get(kind, namespace, name) if name else self.objects.all(kind, namespace)
        if method == "DELETE":
            return 200, self.objects.delete(kind, namespace, name)
        content = _json(body)
        if method == "POST":
            return 201, self.objects.create(kind, namespace, content, dry_run=dry_run)
        change: Callable[[Any], Any] = lambda old: content  # noqa: E731  # a PUT replaces all
        if method == "PATCH":
            if media_type not in PATCHES:
                raise Refused(415, "UnsupportedMediaType", "415: Unsupported Media Type")
            change = PATCHES[media_type](content)
        return 200, self.objects.update(kind, namespace, name, change, sub, dry=dry_run)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refused(400, "BadRequest", "the body is not JSON") from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, kube: FakeKube) -> None:
        self.kube = kube
        self.open: set[Any] = set()
        super().__init__(("127.0.0.1", kube.port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for request in list(self.open):
            try:
                request.shutdown(2)
            except OSError:
                continue
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that do not trust the certificate, or go away, are what the tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        media_type = self.headers.get("Content-Type", "").partition(";")[0]
        status, answer = self.server.kube.answer(self._user(), self.command, self.path, media_type, body)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815  # the base class looks for these names

    def _user(self) -> str | None:
        """Tell who asks: by a certificate, by a token, "system:anonymous" by neither, nobody by a token of no one."""
        if isinstance(self.connection, ssl.SSLSocket) and (certificate := self.connection.getpeercert()):
            subject: Any = certificate["subject"]
            return str(dict(pair for (pair,) in subject)["commonName"])
        given = self.headers.get("Authorization")
        return self.server.kube.tokens.get(given.removeprefix("Bearer ")) if given else "system:anonymous"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Log nothing."""
