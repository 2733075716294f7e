"""The seal: signs what a traffic decision says, so that the application behind the edge can believe it."""

from collections.abc import Callable

from flagsdk.wire.cohort import HEADER, head_of, parse_keys, signed

_NAME = HEADER.lower().encode()


class Seal:
    """Signs cohorts for `seconds` from now (`clock` in seconds since 1970).

    `keys` is one key, or two with a comma between while they change: the first one signs. Raises ValueError for others.
    """

    def __init__(self, keys: str, seconds: int, clock: Callable[[], float]) -> None:
        self.key = parse_keys(keys)[0]
        self.seconds = seconds
        self.clock = clock


class SplitSeal:
    """Signs the cohorts of one split in one snapshot; what does not depend on the request is written once."""

    def __init__(self, seal: Seal, environment: str, split: str, revision: str) -> None:
        self._seal = seal
        self._where = (environment, split, revision)
        self._heads: dict[str, bytes] = {}

    def line(self, cohort: str, unit: str | None) -> bytes:
        """Write the header line that says which cohort was decided for which unit."""
        seal = self._seal
        head = self._heads.get(cohort) or self._write(cohort)
        return b"%b: %b\r\n" % (_NAME, signed(seal.key, head, unit, int(seal.clock()) + seal.seconds))

    def _write(self, cohort: str) -> bytes:
        environment, split, revision = self._where
        head = self._heads[cohort] = head_of(environment, split, cohort, revision)
        return head
