"""Backfills: what migrations leave to be done row by row, in small batches, while the service runs."""

from flagsvc.store.backfills.registry import BACKFILLS, Backfill
from flagsvc.store.backfills.work import Progress, progress, take_batch

__all__ = ["BACKFILLS", "Backfill", "Progress", "progress", "take_batch"]
