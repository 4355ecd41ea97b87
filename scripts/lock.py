"""Writes requirements/*.lock: every version that is installed anywhere, with hashes and without the name of an index.

    python scripts/lock.py                   keep every pin that still satisfies the members' requirements
    python scripts/lock.py --free fastapi    let one move
    python scripts/lock.py --free-all        let all move (within the quarantine of pyproject.toml)

The committed locks are the only memory: uv's own lock names the index it was made from, so it is made in a scratch
copy of the workspace, which gets the present pins as constraints, and is thrown away.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"

# Each image installs its own lock and nothing else, so that ingest carries no model.
IMAGES = ("identity", "ingest", "inbox", "scoring", "reporting", "webhooks", "simulator")

EXPORTS: Mapping[str, Sequence[str]] = {
    "dev": ["--group", "dev"],
    "build": ["--only-group", "build"],
    "tools": ["--only-group", "tools"],
    **{image: ["--package", f"huiying-{image}", "--no-dev"] for image in IMAGES},
}

HEADER = "# Made by `make lock`. Do not edit.\n"

_HOST = re.compile(r"://|^\s*(--(extra-)?index-url|--find-links|-i|-f)\b", re.MULTILINE)


def members() -> list[Path]:
    """Every pyproject.toml of the workspace, the root's first."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    found = [path / "pyproject.toml" for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return [ROOT / "pyproject.toml", *(path for path in found if path.is_file())]


def requirements() -> Iterator[Requirement]:
    """What the members and the groups ask for, as written."""
    for path in members():
        project = tomllib.loads(path.read_text())
        yield from map(Requirement, project["project"].get("dependencies", []))
        for group in project.get("dependency-groups", {}).values():
            yield from (Requirement(line) for line in group if isinstance(line, str))


def pins(lock: Path) -> list[Requirement]:
    """The versions that a lock holds, markers included."""
    if not lock.is_file():
        return []
    lines = lock.read_text().splitlines()
    return [Requirement(line.rstrip("\\ ")) for line in lines if line[:1].isalnum()]


def kept_pins(*, freed: Sequence[str]) -> list[str]:
    """The pins that the next lock repeats: those not freed, and not in the way of a requirement that has changed."""
    wanted: dict[str, list[Requirement]] = {}
    for requirement in requirements():
        wanted.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    kept = []
    for pin in pins(LOCKS / "dev.lock") + pins(LOCKS / "tools.lock"):
        version = next(iter(pin.specifier)).version
        fits = all(one.specifier.contains(version, prereleases=True) for one in wanted.get(pin.name, []))
        if fits and pin.name not in freed:
            kept.append(str(pin))
    return sorted(set(kept))


def scratch_workspace(into: Path, *, constraints: Sequence[str]) -> None:
    """A copy of the workspace's pyproject files in which the kept pins are constraints."""
    for path in members():
        target = into / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    root = into / "pyproject.toml"
    # A JSON list of strings is a TOML array.
    line = f"[tool.uv]\nconstraint-dependencies = {json.dumps(list(constraints))}\n"
    root.write_text(root.read_text().replace("[tool.uv]\n", line, 1))


def uv(*arguments: str, cwd: Path) -> str:
    """Run uv and return what it prints; its errors go to the terminal."""
    program = os.environ.get("UV", "uv")
    done = subprocess.run([program, *arguments], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own arguments
    return done.stdout


def exported(arguments: Sequence[str], *, workspace: Path) -> str:
    """One lock's text. Refuses to return one that names an index."""
    fixed = ["export", "--quiet", "--frozen", "--format", "requirements-txt", "--no-emit-workspace", "--no-annotate"]
    text = HEADER + uv(*fixed, "--no-header", *arguments, cwd=workspace)
    if _HOST.search(text):
        raise SystemExit("the lock names a host or an index: it could not be installed from a mirror")
    return text


def main() -> None:
    """Resolve once, export every lock."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--free", nargs="*", default=[], metavar="NAME", help="packages whose pin may move")
    parser.add_argument("--free-all", action="store_true", help="every pin may move")
    arguments = parser.parse_args()
    constraints = [] if arguments.free_all else kept_pins(freed=arguments.free)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        scratch_workspace(workspace, constraints=constraints)
        uv("lock", "--no-progress", cwd=workspace)
        LOCKS.mkdir(exist_ok=True)
        for name, options in EXPORTS.items():
            (LOCKS / f"{name}.lock").write_text(exported(options, workspace=workspace))


if __name__ == "__main__":
    main()
