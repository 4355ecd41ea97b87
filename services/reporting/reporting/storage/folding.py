"""Adds a batch to the read models with a few statements, however many facts it holds, safely beside other replicas."""

from sqlalchemy import BindParameter, Table, and_, bindparam, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from huiying.db.statements import table_of, upsert
from reporting.domain.cells import Additions, Cell
from reporting.domain.sketches import SKETCHES


async def fold(session: AsyncSession, model: type[SQLModel], additions: Additions) -> None:
    """Add to the cells of one read model. Cells that are not there yet are made."""
    cells = additions.cells
    if not cells:
        return
    table = table_of(model)
    sketches = [column.name for column in table.c if column.name in SKETCHES]
    present = await _count(session, table, additions, sketches)
    changed = []
    for cell in cells:
        stored = dict(zip(sketches, present[cell], strict=True))
        merged = _merged(stored, additions.values_of(cell))
        if merged != stored:
            changed.append({**{f"of_{name}": value for name, value in cell._asdict().items()}, **merged})
    if changed:
        # The rows are locked since they were counted, so nobody else has merged anything meanwhile.
        is_cell = and_(*(table.c[name] == bindparam(f"of_{name}") for name in Cell._fields))
        values: dict[str, BindParameter[bytes]] = {name: bindparam(name) for name in sketches}
        connection = await session.connection()
        await connection.execute(update(table).where(is_cell).values(values), changed)


async def _count(
    session: AsyncSession, table: Table, additions: Additions, sketches: list[str]
) -> dict[Cell, tuple[bytes | None, ...]]:
    """Add the counts, and give the sketches that lie in the cells now."""
    counters = [column.name for column in table.c if column.name not in {*Cell._fields, *sketches}]
    rows = []
    for cell in additions.cells:
        counts = additions.counts_of(cell)
        rows.append({**cell._asdict(), **{counter: counts.get(counter, 0) for counter in counters}})
    statement = upsert(session, table)
    statement = statement.on_conflict_do_update(
        index_elements=list(Cell._fields),
        set_={counter: table.c[counter] + statement.excluded[counter] for counter in counters},
    )
    asked = [table.c[name] for name in (*Cell._fields, *sketches)]
    found = await session.execute(statement.returning(*asked), rows)
    return {Cell(*row[: len(Cell._fields)]): tuple(row[len(Cell._fields) :]) for row in found}


def _merged(stored: dict[str, bytes | None], values: dict[str, list[str | float]]) -> dict[str, bytes | None]:
    merged = dict(stored)
    for name, seen in values.items():
        sketch = SKETCHES[name]()
        before = stored[name]
        if before is not None:
            sketch.merge(before)
        sketch.add(seen)
        merged[name] = sketch.stored()
    return merged
