"""The project's own files and their syntax trees, for the tests that keep the house rules."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

SERVICES = ("identity", "ingest", "scoring", "inbox", "reporting", "webhooks")

PACKAGES = {
    "huiying": ROOT / "shared/huiying",
    **{name: ROOT / "services" / name / name for name in SERVICES},
    "standalone": ROOT / "standalone/standalone",
    "simulator": ROOT / "simulator/simulator",
}


@dataclass(frozen=True)
class Source:
    """One module of the project."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its path from the repository's root, as failures should show it."""
        return str(self.path.relative_to(ROOT))

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, filename=self.name)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function in it, methods and inner ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@cache
def sources() -> tuple[Source, ...]:
    """Every module that ships, but for migrations: those are lists of statements, read once and never changed."""
    return tuple(
        Source(path=path, text=path.read_text(encoding="utf-8"))
        for package in PACKAGES.values()
        for path in sorted(package.rglob("*.py"))
        if "migrations" not in path.parts
    )


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, in version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return tuple(path for path in paths if path.is_file())


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a reader reads: from `def` to the end, without the docstring."""
    first, last = function.lineno, function.end_lineno or function.lineno
    opening = function.body[0]
    is_docstring = isinstance(opening, ast.Expr) and isinstance(opening.value, ast.Constant)
    docstring = (opening.end_lineno or opening.lineno) - opening.lineno + 1 if is_docstring else 0
    return last - first + 1 - docstring
