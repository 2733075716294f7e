"""The reference of benchmarks.http: one bare Starlette route on uvicorn, set up as well as uvicorn can be."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

ANSWER = {"key": "flag-7", "value": True, "reason": "SPLIT", "variant": "on"}


async def answer(request: Request) -> JSONResponse:
    """Answer with constant JSON."""
    return JSONResponse(ANSWER)


application = Starlette(routes=[Route("/bare", answer, methods=["GET", "POST"])])

if __name__ == "__main__":
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
