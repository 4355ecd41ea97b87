"""What is counted, watched and alarmed about, on PostgreSQL."""

from tests.unit.scoring.watches.test_busy_hours import *  # noqa: F403 - what holds on every database
from tests.unit.scoring.watches.test_counting import *  # noqa: F403 - as above
from tests.unit.scoring.watches.test_demand import *  # noqa: F403 - as above
from tests.unit.scoring.watches.test_evaluating import *  # noqa: F403 - as above
from tests.unit.scoring.watches.test_filling import *  # noqa: F403 - as above
from tests.unit.scoring.watches.test_watches import *  # noqa: F403 - as above
