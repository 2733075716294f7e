"""A stand-in for Datadog's "Query timeseries points", written from its public documentation.

It takes both keys, and one count or gauge with a scope of tags and perhaps a rollup; it answers with the intervals of
the asked time that hold something, and with the one that begins at its end, as Datadog may.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.support.fake_http import Answer, Asked, Fake

QUERY = re.compile(
    r"(?P<space>sum|count|avg):(?P<metric>[\w.]+)\{(?P<scope>[^}]*)\}(?P<count>\.as_count\(\))?"
    r"(?:\.rollup\((?P<how>sum|avg), (?P<interval>\d+)\))?"
)
OWN_INTERVAL = 20
KEYS = {"DD-API-KEY": "api-key-of-nobody", "DD-APPLICATION-KEY": "application-key-of-nobody"}
Tags = frozenset[str]


class FakeDatadog(Fake):
    """Keeps points by metric and tags."""

    def __init__(self) -> None:
        super().__init__()
        self.points: dict[tuple[str, Tags], dict[int, float]] = defaultdict(dict)

    def put(self, metric: str, tags: str, points: Mapping[int, float]) -> None:
        """Store points, Unix seconds → number, of the series with these tags ("a:b,c:d")."""
        self.points[metric, frozenset(tags.split(","))].update(points)

    def is_write(self, asked: Asked) -> bool:
        return True  # so that its faults hit every request

    def answer(self, asked: Asked) -> Answer:
        if any(asked.headers.get(name) != key for name, key in KEYS.items()):
            return Answer(403, {"errors": ["Forbidden"]})
        if asked.path != "/api/v1/query":
            return Answer(404, {"errors": ["Not found"]})
        found = QUERY.fullmatch(asked.query["query"])
        if found is None:
            return Answer(400, {"errors": ["Error parsing query"]})
        since, until = int(asked.query["from"]), int(asked.query["to"])
        return Answer(200, self._said(asked.query["query"], found, since, until))

    def _said(self, query: str, found: re.Match[str], since: int, until: int) -> Mapping[str, Any]:
        wanted, interval = set(found["scope"].split(",")) - {"*"}, int(found["interval"] or OWN_INTERVAL)
        sums: dict[int, list[float]] = defaultdict(list)
        for (metric, tags), points in self.points.items():
            if metric == found["metric"] and wanted <= tags:
                for at, value in points.items():
                    if since <= at <= until:
                        sums[at // interval * interval].append(value)
        how = sum if found["how"] == "sum" else lambda values: sum(values) / len(values)
        pointlist = [[at * 1000.0, float(how(values))] for at, values in sorted(sums.items())]
        series = [{"metric": found["metric"], "interval": interval, "scope": found["scope"], "pointlist": pointlist}]
        return {
            "status": "ok",
            "res_type": "time_series",
            "query": query,
            "from_date": since * 1000,
            "to_date": until * 1000,
            "series": series if pointlist else [],
        }
