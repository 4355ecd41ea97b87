"""Writes contracts/openapi/*.json: what each service can be asked over HTTP, as its running self would describe it."""

import importlib
import json
from pathlib import Path

from huiying.service.app import build_api
from scripts.generated import ROOT, write_or_check
from scripts.settings_fields import SERVICES

TARGET = ROOT / "contracts/openapi"


def description(service: str) -> str:
    """The OpenAPI document of one service."""
    document = build_api(importlib.import_module(f"{service}.main").SERVICE).openapi()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def files() -> dict[Path, str]:
    """Every document, by where it is kept."""
    return {TARGET / f"{service}.json": description(service) for service in SERVICES}


if __name__ == "__main__":
    write_or_check(files())
