"""Elastic Beanstalk's part that swaps names, over HTTP, in the query protocol and the order in which AWS does it.

A swap is relative: the two environments exchange their CNAMEs, whatever they are. It is accepted only while both are
Ready, and is done a moment later; until then both are Updating. What is asked for while they are is refused.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

SPACE = "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"


@dataclass
class Environment:
    """One environment, as it is described."""

    name: str
    id: str
    cname: str
    status: str = "Ready"
    health: str = "Green"


class Refusal(Exception):
    """An error of the service: status and code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


class FakeBeanstalk:
    """The environments of one application `shop`, served on a port of loopback.

    `manual`: swaps are done when `finish` is called instead of at once. `failure`: what every operation answers,
    `refusal_of_swap`: what a swap does. `lying`: swaps are accepted and not done. `after_swap` runs before the answer,
    `before_swap` before it is looked at.
    """

    def __init__(self, *environments: Environment) -> None:
        self.environments = list(environments)
        self.swaps: list[tuple[str, str]] = []
        self.operations: set[str] = set()
        self.manual = False
        self.failure: Refusal | None = None
        self.refusal_of_swap: Refusal | None = None
        self.lying = False
        self.after_swap: Callable[[], object] = lambda: None
        self.before_swap: Callable[[], object] = lambda: None
        self._begun: list[tuple[Environment, Environment]] = []
        self._server = make_server("127.0.0.1", 0, self._answer, handler_class=_Quiet)
        self.port = int(self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def finish(self) -> None:
        """Do the swaps that were begun."""
        for one, other in self._begun:
            one.cname, other.cname = other.cname, one.cname
            one.status = other.status = "Ready"
        self._begun.clear()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        self.operations.add(asked["Action"])
        try:
            if self.failure:
                raise self.failure
            text = {"DescribeEnvironments": self._describe, "SwapEnvironmentCNAMEs": self._swap}[asked["Action"]](asked)
            status = 200
        except Refusal as refusal:
            status, text = refusal.status, _error(refusal)
        start_response(f"{status} as it is", [("Content-Type", "text/xml")])
        return [text.encode()]

    def _describe(self, asked: dict[str, str]) -> str:
        names = {value for name, value in asked.items() if name.startswith("EnvironmentNames.member.")}
        there = asked.get("ApplicationName", "shop") == "shop"
        members = "".join(map(_member, (one for one in self.environments if there and one.name in names)))
        return _result("DescribeEnvironments", f"<Environments>{members}</Environments>")

    def _swap(self, asked: dict[str, str]) -> str:
        self.before_swap()
        if self.refusal_of_swap:
            raise self.refusal_of_swap
        pair = (self._found(asked, "Source"), self._found(asked, "Destination"))
        if any(one.status != "Ready" for one in pair):
            name = next(one.name for one in pair if one.status != "Ready")
            words = f"Environment named {name} is in an invalid state for this operation. Must be Ready."
            raise Refusal(400, "InvalidParameterValue", words)
        self.swaps.append((pair[0].name, pair[1].name))
        if not self.lying:
            pair[0].status = pair[1].status = "Updating"
            self._begun.append(pair)
            if not self.manual:
                self.finish()
        self.after_swap()
        return _result("SwapEnvironmentCNAMEs", "")

    def _found(self, asked: dict[str, str], side: str) -> Environment:
        for one in self.environments:
            if asked.get(f"{side}EnvironmentId") == one.id or asked.get(f"{side}EnvironmentName") == one.name:
                return one
        raise Refusal(400, "InvalidParameterValue", f"No Environment found for {side}")


def _member(one: Environment) -> str:
    members = {
        "EnvironmentName": one.name, "EnvironmentId": one.id, "ApplicationName": "shop", "CNAME": one.cname,
        "Status": one.status, "Health": one.health,
    }  # fmt: skip
    return f"<member>{''.join(f'<{name}>{value}</{name}>' for name, value in members.items())}</member>"


def _result(action: str, text: str) -> str:
    return (
        f'<{action}Response xmlns="{SPACE}"><{action}Result>{text}</{action}Result>'
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )


def _error(refusal: Refusal) -> str:
    return (
        f'<ErrorResponse xmlns="{SPACE}"><Error><Type>Sender</Type><Code>{refusal.code}</Code>'
        f"<Message>{refusal.message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
