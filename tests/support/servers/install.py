"""Fetches what the servers of the integration tests need and no system package holds: Kafka's jars.

Run once: `python -m tests.support.servers.install`. PostgreSQL comes from the system (`apt-get install postgresql`).
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.servers.kafka_broker import JARS

_POM = Path(__file__).parent / "kafka" / "pom.xml"


def main() -> int:
    """Fetch the jars with Maven unless they are there."""
    if any(JARS.glob("kafka-server-*.jar")):
        sys.stdout.write(f"Kafka's jars are in {JARS}\n")
        return 0
    maven = shutil.which("mvn")
    if maven is None:
        sys.stderr.write("mvn is not installed (apt-get install maven)\n")
        return 1
    goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={JARS}")
    return subprocess.run([maven, "-q", "-B", "-f", str(_POM), *goal], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
