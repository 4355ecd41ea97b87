"""The one Dockerfile: locked, without root, and able to build each image that compose names."""

import re
from typing import Any

import pytest

from scripts.lock import IMAGES
from tests.support.sources import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
RUNTIME = DOCKERFILE.partition("AS run")[2]


def test_every_installation_is_hashed_or_offline() -> None:
    installing = [line for line in DOCKERFILE.splitlines() if re.search(r"pip (install|sync)", line)]

    assert len(installing) == 4
    assert all("--require-hashes" in line or "--no-index" in line for line in installing)


def test_what_runs_is_not_root_and_hears_the_signal_to_stop() -> None:
    assert "\nUSER 10001:10001\n" in RUNTIME
    assert "\nSTOPSIGNAL SIGTERM\n" in RUNTIME
    assert "exec python -m" in RUNTIME


def test_what_runs_carries_no_installer_and_no_secret() -> None:
    assert "pip uninstall" in RUNTIME
    assert not re.search(r"^(ENV|ARG).*(PASSWORD|SECRET|KEY)", DOCKERFILE, flags=re.MULTILINE)
    assert "uv " not in RUNTIME


def test_bytecode_is_compiled_as_the_root_is_read_only() -> None:
    assert "UV_COMPILE_BYTECODE=1" in DOCKERFILE


def test_the_context_holds_only_what_is_copied() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE))
    kept = set(re.findall(r"^!(\w+)", ignored, flags=re.MULTILINE))

    assert "\n*\n" in ignored
    assert {source.split("/")[0] for sources in copied for source in sources.split()} == kept


@pytest.mark.parametrize("image", IMAGES)
def test_each_image_has_its_lock_and_its_place_in_compose(image: str, compose: dict[str, Any]) -> None:
    assert (ROOT / "requirements" / f"{image}.lock").is_file()
    assert compose["services"][image]["build"] == {"context": ".", "args": {"SERVICE": image}}
    assert compose["services"][image]["image"].startswith(f"huiying-{image}:")
