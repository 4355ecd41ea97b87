"""What was measured, against what was wanted: a table for people, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from simulator.scenarios.incidents import CRISES
from standalone.bench.append import Append
from standalone.bench.connectors import Understanding
from standalone.bench.crises import Outcome
from standalone.bench.forecasts import Coverage
from standalone.bench.hooks import Cost
from standalone.bench.nab import Standing
from standalone.bench.pipeline import Latency, Throughput

NORMALISED_TARGET = 20_000.0

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Line:
    """One figure. Without a floor it is told, not judged; a higher figure is the better one."""

    what: str
    value: float
    unit: str
    target: float | None = None
    floor: float | None = None

    @property
    def verdict(self) -> str:
        """How it stands."""
        if self.floor is not None and self.value < self.floor:
            return "BELOW FLOOR"
        if self.target is not None and self.value < self.target:
            return "below target"
        return "met" if self.target is not None else ""


def hook_lines(costs: Sequence[Cost]) -> list[Line]:
    """Accepting one webhook, as ratios of processor time in the same run."""
    by_name = {cost.name: cost for cost in costs}
    raw, idiomatic, edge = by_name["raw"], by_name["idiomatic"], by_name["edge"]
    lines = [Line(f"CPU per request, {cost.name}", cost.middle, "µs") for cost in costs]
    lines.append(Line("durable webhook on the embedded log / R0", raw.middle / edge.middle, "ratio", 0.35, 0.25))
    if "edge to Kafka" in by_name:
        ratio = raw.middle / by_name["edge to Kafka"].middle
        lines.append(Line("durable webhook to Kafka / R0", ratio, "ratio", 0.30, 0.25))
    lines.append(
        Line("durable webhook / FastAPI route, not durable", idiomatic.middle / edge.middle, "ratio", 1.5, 1.0)
    )
    return lines


def connector_lines(found: Sequence[Understanding]) -> list[Line]:
    """Believing and understanding one event of each platform; what is not JSON, or is sealed, has no target."""
    lines = []
    for one in sorted(found, key=lambda one: one.platform):
        target = NORMALISED_TARGET if one.is_json else None
        lines += [
            Line(f"normalise, {one.platform}", one.normalised_per_second, "events/s", target),
            Line(f"verify and normalise, {one.platform}", one.microseconds, "µs"),
        ]
    return lines


def append_lines(append: Append) -> list[Line]:
    """The embedded log against a plain file."""
    return [
        Line("embedded append, 64 callers", append.log_per_second, "records/s"),
        Line("plain file with fdatasync, 64 callers", append.file_per_second, "records/s"),
        Line("embedded append / plain file", append.ratio, "ratio", 0.4, 0.25),
    ]


def pipeline_lines(name: str, found: Throughput, latency: Latency, *, target: float, floor: float) -> list[Line]:
    """Everything, from the hook to the count."""
    return [
        Line(f"whole pipeline, {name}", found.per_second, "interactions/s", target, floor),
        Line(f"CPU per interaction, {name}", found.microseconds_each, "µs"),
        Line(f"resident memory, {name}", found.resident_bytes / _MIB, "MiB"),
        Line(f"rate of the latency run, {name}", latency.rate_per_second, "interactions/s"),
        Line(f"hook to count p50, {name}", latency.p50_seconds * 1000, "ms"),
        Line(f"hook to count p99, {name}", latency.p99_seconds * 1000, "ms"),
    ]


def crisis_lines(ours: Outcome, sigma: Outcome, informed: Outcome) -> list[Line]:
    """Our detector beside sliding standard deviations and one who is told the expected counts.

    Each has a budget of a false alarm in four weeks of a brand.
    """
    others = (("sliding sigma", sigma), ("one who knows what to expect", informed))
    return [
        Line(f"crises told, of {len(ours.tellings)}", ours.recall(), "share", 0.88, 0.80),
        *(Line(f"– by {name}", other.recall(), "share") for name, other in others),
        *(Line(f"– of kind {kind}", ours.recall(kind), "share") for kind in CRISES),
        Line("told within 40 minutes of the first post", ours.told_within(40), "share", 0.50, 0.40),
        *(Line(f"– by {name}", other.told_within(40), "share") for name, other in others),
        Line("median time to the alarm, of those told", ours.median_delay_minutes, "min"),
        *(Line(f"– by {name}", other.median_delay_minutes, "min") for name, other in others),
        Line("brand-weeks for each false alarm", 1 / max(ours.false_alarms_a_week, 1e-9), "weeks", 4.0, 3.0),
        *(Line(f"– by {name}", 1 / max(other.false_alarms_a_week, 1e-9), "weeks") for name, other in others),
        Line("detector", 1e6 / ours.microseconds, "updates/s", 10_000.0, 5_000.0),
    ]


def forecast_lines(found: Coverage) -> list[Line]:
    """Bands that are meant to hold eight of ten outcomes."""
    return [
        Line(f"alarm's hour {ahead} within its band", found.within[ahead - 1], "share", 0.80, 0.60)
        for ahead in (1, 3, 6)
    ]


def nab_lines(found: Standing) -> list[Line]:
    """Labelled series of the Numenta Anomaly Benchmark."""
    return [
        Line(f"NAB standard score, {found.series} series, thresholds of the others", found.left_out, "of 100", 68.0),
        Line("– threshold chosen on the same series", found.in_sample, "of 100"),
    ]


def table(lines: Sequence[Line]) -> str:
    """One row a figure."""
    rows = [("what", "measured", "unit", "target", "floor", "")]
    rows += [
        (line.what, f"{line.value:,.2f}", line.unit, _number(line.target), _number(line.floor), line.verdict)
        for line in lines
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def write(lines: Sequence[Line], *, directory: Path, name: str) -> Path:
    """Leave the figures as JSON."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.json"
    found = [{**asdict(line), "verdict": line.verdict} for line in lines]
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return path


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"
