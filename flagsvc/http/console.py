"""The console at /admin: files of the build, out of memory, under a policy that lets a page run nothing else."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from flagsvc.http.console_files import ASSETS, INDEX, File, read_files

BASE = "/admin"
PLACEHOLDER = b"__FLAGSVC_NONCE__"
"""What the build writes where the nonce of a response belongs."""

_METHODS = ("GET", "HEAD")
_NONCE_BYTES = 16
_KEPT = "public, max-age=31536000, immutable"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ABSENT = (
    b'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>flagsvc: no console</title></head><body>'
    b"<p>This installation carries no console; run <code>make console</code> in a clone, or install a wheel that was "
    b"built with it. Everything else of the service works.</p></body></html>\n"
)


class Console:
    """The routes of /admin, and of / where there is a console to lead to.

    `directory` has what the build made: `index.html`, and `assets/*` with hashed names; it is read here, once. Every
    address that is no file is the index: the page knows what it means. Without an index each answers 404 with a
    sentence that says how to get one.
    """

    def __init__(self, directory: Path, nonce: Callable[[], str] = lambda: secrets.token_urlsafe(_NONCE_BYTES)) -> None:
        self._files = read_files(directory)
        self._nonce = nonce
        index = self._files.pop(INDEX, None)
        self._index = None if index is None else index.bodies[""].split(PLACEHOLDER)
        self.routes = [Route(BASE, self), Route(f"{BASE}/{{path:path}}", self)]
        if self.built:
            self.routes.append(Route("/", _lead, methods=["GET"]))

    @property
    def built(self) -> bool:
        """Whether there is a console here."""
        return self._index is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for anything under /admin."""
        request = Request(scope)
        await self._answer(request, request.path_params.get("path", ""))(scope, receive, send)

    def _answer(self, request: Request, path: str) -> Response:
        if request.method not in _METHODS:
            return _response(request, 405, b"only GET and HEAD\n", {"Allow": ", ".join(_METHODS)})
        if self._index is None:
            return _response(request, 404, _ABSENT, {"Content-Type": "text/html; charset=utf-8"})
        if file := self._files.get(path):
            return _of_file(request, file, "no-cache" if not path.startswith(ASSETS) else _KEPT)
        if path.startswith(ASSETS):
            return _response(request, 404, b"there is no such file in this version of the console\n")
        nonce = self._nonce()
        page = nonce.encode().join(self._index)
        return _response(request, 200, page, {"Content-Type": "text/html; charset=utf-8"}, nonce)


def _lead(request: Request) -> Response:
    return RedirectResponse(f"{BASE}/", 307, {"Cache-Control": "no-store"})


def _of_file(request: Request, file: File, keeping: str) -> Response:
    headers = {"Cache-Control": keeping, "Vary": "Accept-Encoding", "Content-Type": file.media_type}
    coding, body = file.body(request.headers.get("accept-encoding", ""))
    return _response(request, 200, body, headers | ({"Content-Encoding": coding} if coding else {}))


def _response(
    request: Request, status: int, body: bytes, headers: Mapping[str, str] | None = None, nonce: str = ""
) -> Response:
    plain = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "Content-Length": str(len(body))}
    policy = {"Content-Security-Policy": _policy(nonce)}
    sent = b"" if request.method == "HEAD" else body
    return Response(sent, status, {**plain, **_HEADERS, **policy, **(headers or {})})


def _policy(nonce: str) -> str:
    """Allow what is served here; a style may also be made by a script of ours, which knows the response's nonce."""
    styles = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
