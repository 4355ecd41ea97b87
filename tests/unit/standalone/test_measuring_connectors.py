"""The benchmark of the connectors measures every platform that pushes."""

from simulator.platforms.platform import Surroundings
from simulator.platforms.table import make_platforms
from standalone.bench.connectors import measure_connectors
from standalone.bench.report import connector_lines


def test_every_platform_that_pushes_is_measured() -> None:
    found = measure_connectors(events=5, rounds=1)

    quiet = {one.name for one in make_platforms(Surroundings()) if set(one.habits) <= one.unpushed} - {"youtube"}
    assert {one.platform for one in found} == {one.name for one in make_platforms(Surroundings())} - quiet
    assert all(one.microseconds > 0 and one.normalised_per_second > 0 for one in found)


def test_only_json_has_something_to_reach() -> None:
    lines = connector_lines(measure_connectors(events=2, rounds=1))

    aims = {line.what.removeprefix("normalise, "): line.target for line in lines if line.what.startswith("normalise")}
    assert aims["facebook"] == 20_000
    assert aims["wechat_oa"] is None
    assert len(lines) == 2 * len(aims)
