"""The table of all flags and all environments: /api/v1/matrix."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import MatrixQuery
from flagsvc.http.rendering import packed
from flagsvc.http.schemas.matrix import Matrix
from flagsvc.usecases.matrix import read_matrix

operations = Operations("Overview")


@operations(
    "GET /api/v1/matrix",
    "Show all flags in all environments",
    answer=Matrix,
    query=MatrixQuery,
    revalidates=True,
    everywhere=True,
)
def get_matrix(call: Call) -> Answer:
    """Every flag with a cell for every open environment, in one answer without pages, by key.

    Its ETag is over all that it shows: 304 while nothing changed. Uses and times of evaluation are at most a minute
    old. It is compressed for those who accept gzip.
    """
    matrix = read_matrix(call.store, call.services.matrix, call.services.clock())
    archived = call.query.archived

    def content() -> object:
        return matrix.shown(archived=archived)

    return packed(call, call.services.packing.body(("matrix", archived), matrix.fingerprint, content))
