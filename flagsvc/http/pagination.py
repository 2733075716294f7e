"""Pages of a list over HTTP: items, the next cursor, and the Link header of RFC 8288."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from flagsvc.domain.page import Listing


def page_body(listing: Listing) -> dict[str, Any]:
    """Make the JSON object of a page; `nextCursor` is null on the last one."""
    return {"items": listing.items, "nextCursor": listing.next_cursor}


def link_next(request: Request, cursor: str | None) -> dict[str, str]:
    """Make the Link header to the next page, keeping every filter of the request; empty on the last page."""
    if cursor is None:
        return {}
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return {"Link": f'<{request.scope["path"]}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'}
