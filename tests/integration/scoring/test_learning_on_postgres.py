"""What brands teach, on PostgreSQL."""

from tests.unit.scoring.learning.test_adaptations import *  # noqa: F403 - what holds on every database
from tests.unit.scoring.learning.test_corrections import *  # noqa: F403 - as above
from tests.unit.scoring.learning.test_deleted_words import *  # noqa: F403 - as above
from tests.unit.scoring.learning.test_dictionaries import *  # noqa: F403 - as above
from tests.unit.scoring.learning.test_upgrading import *  # noqa: F403 - as above
