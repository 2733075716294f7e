"""Brings committed revisions to Redis and keeps it equal to the database: a copy that may be lost at any time."""

from flagsvc.publisher.publisher import RedisPublisher
from flagsvc.publisher.report import Report, Silent

__all__ = ["RedisPublisher", "Report", "Silent"]
