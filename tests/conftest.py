"""What holds for every test: what the folder it lies in says about it. Never imported from."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent

# A machine that has much to do is no mistake of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = ["tests.support.servers.fixtures"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests may open no socket but the event loop's own; integration tests need servers."""
    for item in items:
        match item.path.relative_to(ROOT).parts[0]:
            case "unit":
                item.add_marker(pytest.mark.disable_socket)
            case "integration":
                item.add_marker(pytest.mark.servers)
