"""Backups: the whole database as one file that fits both kinds of database, checked before anything is believed."""

from flagsvc.store.backups.reading import Header, examine
from flagsvc.store.backups.restoring import Within, restore
from flagsvc.store.backups.writing import back_up

__all__ = ["Header", "Within", "back_up", "examine", "restore"]
