"""`python -m tests.chaos --mode kafka --kills 50`: a run, and its figures as JSON; exits 1 if a promise was broken."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos.conducting import conduct
from tests.chaos.plan import OUTAGES, Plan


def main() -> int:
    """Run as the arguments say."""
    asked = _arguments()
    outages = OUTAGES if asked.mode == "kafka" and asked.outages is None else tuple(asked.outages or ())
    plan = Plan(
        mode=asked.mode, kills=asked.kills, seed=asked.seed, rate=asked.rate, gap_seconds=asked.gap, outages=outages
    )
    directory = Path(tempfile.mkdtemp(prefix="huiying-chaos-"))
    _say(f"logs and data: {directory}")
    result = asyncio.run(conduct(plan, directory=directory, say=_say))
    text = json.dumps(result.figures, indent=2, ensure_ascii=False)
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(f"{text}\n")
    sys.stdout.write(f"{text}\n")
    return 1 if result.verdict.wrong else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--mode", choices=("one_machine", "kafka"), default="one_machine")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=100.0, help="things said a second")
    parser.add_argument("--gap", type=float, default=3.0, help="seconds between a recovery and the next trouble")
    parser.add_argument("--outages", nargs="*", choices=OUTAGES, help="in Kafka mode all of them, if not said")
    parser.add_argument("--out", type=Path, help="where the JSON goes besides the standard output")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
