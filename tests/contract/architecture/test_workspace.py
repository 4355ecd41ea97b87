"""The locks, the documents' claims, and what no file may contain."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.lock import EXPORTS, IMAGES, LOCKS, members, pins
from tests.support.sources import ROOT, SERVICES, project_files

ARCHIVES = {"huiying", *(f"huiying-{name}" for name in ("standalone", "simulator", *SERVICES))}

# A home, a scratch folder or a machine of somebody's own. Paths of the images and of documented examples are fine.
PRIVATE_PLACES = re.compile(r"/home/\w|/Users/\w|/root/\w|/work/|\b(?:10|192\.168)\.\d+\.\d+\.\d+:\d+")

HEADINGS = ["Owns", "Consumes", "Publishes", "Routes", "Settings", "Run it alone"]


def locked(name: str) -> dict[str, list[str]]:
    """The versions of each distribution in a lock (several where they depend on the Python)."""
    found: dict[str, list[str]] = {}
    for pin in pins(LOCKS / f"{name}.lock"):
        found.setdefault(canonicalize_name(pin.name), []).append(next(iter(pin.specifier)).version)
    return found


def requirements_of(pyproject: Path) -> list[Requirement]:
    """What one member asks for of others than the workspace."""
    listed = map(Requirement, tomllib.loads(pyproject.read_text())["project"].get("dependencies", []))
    return [one for one in listed if one.name not in ARCHIVES]


@pytest.mark.parametrize("name", EXPORTS)
def test_a_lock_is_hashed_and_names_no_index(name: str) -> None:
    text = (LOCKS / f"{name}.lock").read_text()

    assert "://" not in text
    assert "index-url" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\w)", text.partition("\n")[2]))


@pytest.mark.parametrize("pyproject", members(), ids=lambda path: path.parent.name)
def test_the_locks_hold_what_a_member_asks_for(pyproject: Path) -> None:
    name = pyproject.parent.name
    locks = ["dev", *([name] if name in IMAGES else [])]

    for lock in locks:
        versions = locked(lock)
        for one in requirements_of(pyproject):
            found = versions.get(canonicalize_name(one.name), [])
            assert found, f"{one.name} is not in {lock}.lock: run make lock"
            assert all(one.specifier.contains(version) for version in found), f"{one} in {lock}.lock: run make lock"


def test_an_image_of_the_platform_edge_carries_no_model() -> None:
    assert not {"numpy", "scipy", "pandas"} & set(locked("ingest"))


def test_no_file_names_a_private_place() -> None:
    here = Path(__file__).resolve()
    texts = (path for path in project_files() if path != here and path.suffix in {".py", ".md", ".toml", ".yml", ".sh"})

    named = [f"{path.relative_to(ROOT)}" for path in texts if PRIVATE_PLACES.search(path.read_text(encoding="utf-8"))]

    assert not named


def test_the_makefile_describes_every_target_that_people_call() -> None:
    makefile = (ROOT / "Makefile").read_text()
    described_in_the_readme = {"setup", "demo", "run", "test", "test-integration", "check", "bench", "up", "down"}
    of_the_checks = {"format", "lint", "types", "arch", "contracts", "lock", "chaos"}

    described = set(re.findall(r"^([a-z0-9-]+):.*## \S", makefile, flags=re.MULTILINE))

    assert described_in_the_readme | of_the_checks <= described


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_tells_of_itself_under_the_same_headings(service: str) -> None:
    readme = (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (.+)$", readme, flags=re.MULTILINE) == HEADINGS


def rules() -> list[tuple[str, str]]:
    """The table of CONTRIBUTING.md: each rule and what keeps it."""
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Who keeps the rules")[2]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    return [(rule.strip(), keeper.strip()) for rule, keeper in rows[2:]]


@pytest.mark.parametrize(("rule", "keeper"), rules())
def test_a_rule_has_a_keeper_that_exists(rule: str, keeper: str) -> None:
    makefile, pyproject = (ROOT / "Makefile").read_text(), (ROOT / "pyproject.toml").read_text()
    named = re.findall(r"`([^`]+)`", keeper)

    exists = {
        name: (ROOT / name).exists()
        or (name.startswith("make ") and f"\n{name.removeprefix('make ')}:" in makefile)
        or f'"{name}"' in pyproject
        or f"\n{name} = " in pyproject
        for name in named
    }

    assert named, rule
    assert all(exists.values()), exists
