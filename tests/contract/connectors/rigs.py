"""Every connector's rig: one module in `rigging` for each platform or family of them."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from tests.contract.connectors.rig import Rig

_MODULES = [path.stem for path in sorted((Path(__file__).parent / "rigging").glob("*.py"))]

RIGS: Sequence[Rig] = tuple(
    rig for name in _MODULES for rig in import_module(f"tests.contract.connectors.rigging.{name}").RIGS
)
