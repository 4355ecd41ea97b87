"""What was read and corrected before scoring remembered by which ids."""

from alembic import command
from sqlalchemy import Connection, update

from huiying.db import migrate as migrating
from huiying.db.migrate import migrate
from huiying.events.interactions import Action
from scoring.main import SERVICE
from scoring.storage.learning_tables import CORRECTIONS
from tests.unit.scoring.learning.world import Teaching, an_interaction

SAID = an_interaction("said")
DELETED = an_interaction("said", action=Action.DELETED)


async def test_what_was_read_before_the_upgrade_can_be_corrected_after_it(teaching: Teaching) -> None:
    await teaching.hears(SAID)

    await go_back_and_upgrade(teaching)

    assert (await teaching.correct_interaction(SAID, brand="boats")).status_code == 404
    assert (await teaching.correct_interaction(SAID)).status_code == 201


async def test_what_was_corrected_before_it_was_read_is_erased_after_the_upgrade(teaching: Teaching) -> None:
    await teaching.hears(SAID)
    await teaching.correct_interaction(SAID)
    async with teaching.service.open_unit() as unit:
        await unit.session.execute(update(CORRECTIONS).values(object_key=None))

    await go_back_and_upgrade(teaching)
    await teaching.hears(DELETED)

    assert await teaching.corrected_texts() == []


async def go_back_and_upgrade(teaching: Teaching) -> None:
    """The database becomes what it was before, and is upgraded again."""

    def downgrade(connection: Connection) -> None:
        configuration = migrating._config(SERVICE.migrations)
        configuration.attributes.update(connection=connection, metadata=None)
        command.downgrade(configuration, "scoring_0002")

    database = teaching.service.runtime.database
    async with database.engine.begin() as connection:
        await connection.run_sync(downgrade)
    await migrate(database, SERVICE.migrations)
