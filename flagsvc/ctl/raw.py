"""`api`, `version` and `completion`."""

import json
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import typer

from flagsvc import __version__
from flagsvc.ctl.api import Answer, Request
from flagsvc.ctl.failure import ERROR, STALE, USAGE, Failure
from flagsvc.ctl.options import Common, register
from flagsvc.ctl.output import Format, Output, note
from flagsvc.ctl.session import Session

MAX_BODY = 8 * 1024 * 1024
PROGRAM, COMPLETE_VARIABLE = "flagctl", "_FLAGCTL_COMPLETE"
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, kw_only=True)
class Call(Common):
    """Options of `api`."""

    method: Annotated[Method, typer.Argument(help="HTTP method.", case_sensitive=False, metavar="METHOD")]
    path: Annotated[str, typer.Argument(help="Path, perhaps with a query: /api/v1/…", metavar="PATH")]
    data: Annotated[
        str, typer.Option("-d", "--data", help="The body: JSON, @FILE, or - for standard input.", metavar="BODY")
    ] = ""
    header: Annotated[
        list[str] | None, typer.Option("-H", "--header", help="A header; may be given often.", metavar="NAME: VALUE")
    ] = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """Options of `version`."""

    output: Annotated[
        Format | None, typer.Option("-o", "--output", help="Form of what is printed; json where there is no terminal.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class Completion:
    """Options of `completion`."""

    shell: Annotated[Literal["bash", "zsh", "fish", "powershell"], typer.Argument(help="The shell.", metavar="SHELL")]


def call(options: Call) -> None:
    """Ask the API anything: what other commands leave out, with the same token, retries and exit codes.

    The answer's body is printed whatever its status; a status of 400 or more ends with exit code 1 (412 with 4).
    """
    if not options.path.startswith("/"):
        raise Failure(f"{options.path!r} is no path: it begins with /, as /api/v1/environments does", USAGE)
    body = _body(options.data)
    headers = dict(_header(text) for text in options.header or ())
    request = Request(method=options.method, path=options.path, body=body, headers=headers)
    session = Session(options)
    answer = session.api.exchange(request)
    _print(session.out, answer)
    if answer.status >= 400:  # noqa: PLR2004  # RFC 9110: errors
        stale = answer.status == 412  # noqa: PLR2004  # RFC 9110: precondition failed
        raise Failure(f"the service answered {answer.status}", STALE if stale else ERROR)


def version(options: Version) -> None:
    """Print the version of this program."""
    Output(options.output).data({"version": __version__}, lambda: [__version__], lambda: [__version__])


def completion(options: Completion) -> None:
    """Print the code that makes a shell complete commands and options: source it where the shell starts.

    bash: `source <(flagctl completion bash)`; the others likewise.
    """
    script = import_module("typer.completion").get_completion_script(
        prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE, shell=options.shell
    )
    sys.stdout.write(script + "\n")


def add(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "api", call)
    register(app, "version", version)
    register(app, "completion", completion)


def _print(out: Output, answer: Answer) -> None:
    if answer.content is None:
        if answer.raw:
            sys.stdout.write(answer.raw.decode("utf-8", "replace"))
        else:
            note(f"{answer.status}, no body")
        return
    out.data(answer.content, lambda: [_pretty(answer)], lambda: [str(answer.status)])


def _pretty(answer: Answer) -> str:

    return json.dumps(answer.content, indent=2, ensure_ascii=False)


def _body(text: str) -> bytes | None:
    if not text:
        return None
    if text == "-":
        return sys.stdin.buffer.read(MAX_BODY)
    if text.startswith("@"):
        try:
            return Path(text[1:]).read_bytes()
        except OSError as error:
            raise Failure(f"--data: {error}", USAGE) from None
    return text.encode("utf-8", "surrogateescape")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (colon and name.strip() and text.isprintable()):
        raise Failure(f"--header: {text!r} is not NAME: VALUE", USAGE)
    if name.strip().lower() == "authorization":
        raise Failure("--header: a token is never an argument", USAGE, "FLAGSVC_TOKEN, --token-file or flagctl login.")
    return name.strip(), value.strip()
