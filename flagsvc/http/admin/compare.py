"""Environments side by side: /api/v1/compare."""

from flagsvc.http import rendering
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.packed import packed
from flagsvc.http.parameters import CompareQuery
from flagsvc.http.schemas.compare import EnvironmentComparison
from flagsvc.usecases.compare import compare

operations = Operations("Overview")


@operations(
    "GET /api/v1/compare",
    "Compare environments",
    answer=EnvironmentComparison,
    query=CompareQuery,
    revalidates=True,
    everywhere=True,
    errors=("not-found",),
)
def compare_environments(call: Call) -> Answer:
    """Show the flags, segments and traffic splits that copying from one environment to another would change.

    Items whose contents are the same and whose salts or tables are not (`sameUnits` false) are among them; ids of rules
    do not count. With `all` everything is listed.
    """
    named = call.query.environments.split(",")
    return rendering.packed(call, packed(compare(call.store, named, everything=call.query.all)))
