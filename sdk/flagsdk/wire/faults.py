"""Why something that was read is not used. The reader keeps its last good snapshot in every case."""


class Refused(Exception):
    """What was read may not be used: keep the last good snapshot, count it, say so."""


class Missing(Refused):
    """Nothing is published there. Missing is never an empty set of flags."""


class Corrupt(Refused):
    """Undecodable, of an unknown format, of another environment, or not what its digest says."""


class Untrusted(Corrupt):
    """Not signed by a key that the reader trusts: unsigned, signed by another key, or altered."""


class Regressed(Refused):
    """Older than what the reader holds: a lower revision of the same epoch, or an epoch that was minted before."""
