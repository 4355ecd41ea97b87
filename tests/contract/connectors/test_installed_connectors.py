"""A connector that comes in a distribution of its own, and the guide's example, which is one."""

import hmac
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "add-a-platform.md"
VERIFY = """
import sys
from datetime import UTC, datetime
from ingest.clients.connectors.connector import HookRequest
from ingest.clients.connectors.table import CONNECTORS
now = datetime.now(UTC)
body, signature = sys.argv[1].encode(), sys.argv[2]
request = HookRequest(method="POST", query={}, headers={"x-cork-signature": signature}, body=body, received_at=now)
print(CONNECTORS["corkboard"].verify(request, {"secret": ("old", "s3cret")}, now=now).value)
"""


def block(language: str, *, containing: str) -> str:
    """A piece of the guide."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    (found,) = [one for one in blocks if containing in one]
    return str(found)


def install(directory: Path, *, entry: str = "") -> None:
    """The guide's example, installed there under the name that the guide gives it."""
    (directory / "corkboard.py").write_text(block("python", containing="class CorkboardConnector"), encoding="utf-8")
    metadata = directory / "corkboard-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: corkboard\nVersion: 1.0\n", encoding="utf-8")
    announced = block("toml", containing="huiying.connectors").splitlines()[1].replace('"', "")
    (metadata / "entry_points.txt").write_text(f"[huiying.connectors]\n{entry or announced}\n", encoding="utf-8")


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python, with what is installed there."""
    command = [sys.executable, *arguments]
    environment = {"PYTHONPATH": str(directory), "PATH": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_the_guides_example_reads_what_the_guide_says_it_reads(tmp_path: Path) -> None:
    install(tmp_path)
    pin = tmp_path / "pin.json"
    pin.write_text(block("json", containing='"pin"'), encoding="utf-8")

    done = run(tmp_path, "-m", "standalone", "normalise", "--platform", "corkboard", str(pin))

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["object"]["text"], told["actor"]["id"]) == ("Lovely tea 好喝", "u1")
    assert told["occurred_at"] == "2026-09-21T14:13:20Z"
    assert told["not_understood"] == ["/board"]


@pytest.mark.parametrize(("secret", "is_believed"), [("s3cret", True), ("another", False)])
def test_the_guides_example_believes_only_its_secret(tmp_path: Path, secret: str, is_believed: bool) -> None:
    install(tmp_path)
    body = block("json", containing='"pin"').strip()
    signature = hmac.digest(secret.encode(), body.encode(), "sha256").hex()

    done = run(tmp_path, "-c", VERIFY, body, signature)

    assert (done.stdout.strip() == "hmac") is is_believed
    assert ("SignatureRefused" in done.stderr) is not is_believed


@pytest.mark.parametrize("entry", ["facebook = corkboard:CorkboardConnector", "other = corkboard:CorkboardConnector"])
def test_a_name_that_is_taken_or_not_its_own_is_refused_at_the_start(tmp_path: Path, entry: str) -> None:
    install(tmp_path, entry=entry)

    done = run(tmp_path, "-c", "import ingest.clients.connectors.table")

    assert done.returncode != 0
    assert "that name is taken or not its own" in done.stderr


def test_the_guides_example_is_written_as_everything_here_is(tmp_path: Path) -> None:
    install(tmp_path)
    ruff = [sys.executable, "-m", "ruff", "check", "--config", str(GUIDE.parents[2] / "pyproject.toml")]

    done = subprocess.run([*ruff, str(tmp_path / "corkboard.py")], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
