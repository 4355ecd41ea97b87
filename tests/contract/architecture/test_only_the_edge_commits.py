"""One request or one batch is one transaction: what opens it, ends it.

The shared library is that edge: it opens a unit of work and ends it, reads the bus and keeps the positions.
"""

import ast
from collections.abc import Iterator

from tests.support.sources import SERVICES, Source, sources


def calls(source: Source, *, method: str) -> Iterator[str]:
    """Where a module calls a method of that name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield f"{source.name}:{node.lineno}"


def in_services(*, method: str) -> list[str]:
    """Where services call a method of that name."""
    folders = tuple(f"services/{service}/" for service in SERVICES)
    return [place for one in sources() if one.name.startswith(folders) for place in calls(one, method=method)]


def test_services_do_not_commit() -> None:
    assert not in_services(method="commit")


def test_services_do_not_publish() -> None:
    assert not in_services(method="publish")


def test_the_keeper_sees_a_commit() -> None:
    source = Source(path=sources()[0].path, text="async def f(unit):\n    await unit.session.commit()\n")

    assert list(calls(source, method="commit"))
