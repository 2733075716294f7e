"""The distribution format, shared by the service that writes it and all who read it. No connection, no clock.

Values (`Whole`, `Change`, `Position`), their encodings for Redis (`redis`) and HTTP (`http`), the order of epochs
(`epochs`), what signatures are over (`statement`), and the rules by which a reader follows (`follow`): it applies only
the next revision of its epoch, and only if the digest then matches.
"""

from flagsdk.core.digest import Digest
from flagsdk.wire.epochs import is_older, mint_epoch, time_of
from flagsdk.wire.faults import Corrupt, Missing, Refused, Regressed, Untrusted
from flagsdk.wire.follow import Gap, admit, advance
from flagsdk.wire.http import change_json, parse_change, parse_whole, whole_from, whole_json
from flagsdk.wire.redis import Names, entry_of, meta_of, names, read_change, read_whole, stream_id
from flagsdk.wire.statement import Sign, Statement, Verify, statement_of, unsigned
from flagsdk.wire.values import FORMAT, FORMATS, Change, Position, Whole, canonical

__all__ = [
    "FORMAT",
    "FORMATS",
    "Change",
    "Corrupt",
    "Digest",
    "Gap",
    "Missing",
    "Names",
    "Position",
    "Refused",
    "Regressed",
    "Sign",
    "Statement",
    "Untrusted",
    "Verify",
    "Whole",
    "admit",
    "advance",
    "canonical",
    "change_json",
    "entry_of",
    "is_older",
    "meta_of",
    "mint_epoch",
    "names",
    "parse_change",
    "parse_whole",
    "read_change",
    "read_whole",
    "statement_of",
    "stream_id",
    "time_of",
    "unsigned",
    "whole_from",
    "whole_json",
]
