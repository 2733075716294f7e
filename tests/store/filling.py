"""Something in every table: a small world, and rows made up for the tables that it leaves empty."""

from typing import Any

from sqlalchemy import Boolean, Double, Integer, Table, func, insert, select

from flagsvc.store import SqlStore
from flagsvc.store.tables import metadata
from tests.usecases.world import World, flag

ROWS = 3


def fill(store: SqlStore) -> World:
    """Make a history that verifies, and put odd values into all the other tables."""
    world = World(store)
    world.flag(description="Größe, \u2028 a line's end, \U0001f600 and \\n")
    world.split()
    for weight in (10_000, 20_000, 30_000):
        world.weigh(flag(), {"on": weight, "off": 100_000 - weight})
    with store.engine.connect() as connection, connection.begin():
        for table in metadata.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one() == 0:
                connection.execute(insert(table), [_row(table, number) for number in range(1, ROWS + 1)])
    return world


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Any, number: int) -> Any:
    if column.nullable and number == 1:
        return None
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, Double):
        return number / 3
    if isinstance(column.type, Integer):
        return 2**53 + number
    return f'{column.name} "{number}"\n\tü'
