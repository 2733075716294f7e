"""The proof for promotion: evidence that the candidate is not as bad as `prove_ratio` times the baseline.

The same test as in sequential.py, the other way round: its null is that the ratio is `prove_ratio` (or more), its
alternatives are smaller ratios. That no alarm came is no health; this is, with a chance `beta` of being wrong.
"""

from math import log

from flagsvc.domain.analysis.sequential import Cells, gains

SHARES = tuple(tenth / 20 for tenth in range(5, 17))
"""The ratios looked for, in units of `prove_ratio`: 0.5, 0.6 … 1.6 for 2."""


def proof_gains(prove_ratio: float, events: tuple[float, float], bad: tuple[float, float]) -> Cells:
    """Log-likelihood of each smaller ratio against `prove_ratio` in one window."""
    return gains(tuple(prove_ratio * share for share in SHARES), prove_ratio, events, bad)


def proves(log_proof: float, beta: float) -> bool:
    """Whether that much evidence is proof at the error rate `beta`."""
    return log_proof >= -log(beta)
