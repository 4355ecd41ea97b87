"""What the documents name is there: files, links, make targets, and commands."""

import re
from pathlib import Path

import pytest
import typer.main

from standalone.command import app
from tests.support.sources import ROOT, project_files

DOCUMENTS = [path for path in project_files() if path.suffix == ".md" and "CHANGELOG" not in path.name]

# A path of the project, as text: in back quotes, with a folder in it and an ending.
PATH = re.compile(
    r"`((?:\.ci|contracts|deploy|docs|requirements|scripts|services|shared|simulator|standalone|tests)/[^`\s]*)`"
)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)[^)]*\)")
IMAGE = re.compile(r'(?:src|srcset)="(?!https?:)([^"]+)"')
TARGET = re.compile(r"`make ([a-z-]+)")
COMMAND = re.compile(r"(?:`|^ {4})huiying ([a-z-]+)", re.MULTILINE)


def named(path: Path) -> str:
    """How a failure calls a document."""
    return str(path.relative_to(ROOT))


def is_there(name: str) -> bool:
    """Whether the project has this; what stands for several (`*`, `<…>`, `…`) is there if one of them is."""
    pattern = re.sub(r"<[^>]+>|\{[^}]+\}|…", "*", name).rstrip("/")
    return (ROOT / pattern).exists() or any(True for _ in ROOT.glob(pattern))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text("utf-8")

    assert [name for name in PATH.findall(text) if not is_there(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_link_of_a_document_leads_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [*LINK.findall(text), *IMAGE.findall(text)]

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_make_target_that_a_document_names_is_there(document: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))

    assert set(TARGET.findall(document.read_text("utf-8"))) - targets == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_command_that_a_document_names_is_there(document: Path) -> None:
    commands = set(typer.main.get_group(app).commands)

    assert set(COMMAND.findall(document.read_text("utf-8"))) - commands == set()


def test_the_tour_names_a_file_for_each_step_of_the_journey() -> None:
    tour = (ROOT / "docs/architecture.md").read_text("utf-8")
    steps = re.findall(r"^\d+\. \*\*.+?(?=^\d+\. \*\*|^#|\Z)", tour, flags=re.MULTILINE | re.DOTALL)

    assert len(steps) >= 6
    assert all(PATH.search(step) for step in steps)
