"""One request or one batch is one transaction: what opens it, ends it.

The shared library is that edge: it opens a unit of work and ends it, reads the bus and keeps the positions.
"""

import ast
from collections.abc import Iterator

from tests.support.sources import SERVICES, Source, sources

# The platform edge answers a platform once the bus has the delivery; everything else goes through the outbox.
MAY_PUBLISH = ("services/ingest/ingest/api/",)


def calls(source: Source, *, method: str) -> Iterator[str]:
    """Where a module calls a method of that name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield f"{source.name}:{node.lineno}"


def in_services(*, method: str, allowed: tuple[str, ...] = ()) -> list[str]:
    """Where services call a method of that name, save in the allowed folders."""
    folders = tuple(f"services/{service}/" for service in SERVICES)
    ours = (one for one in sources() if one.name.startswith(folders) and not one.name.startswith(allowed))
    return [place for one in ours for place in calls(one, method=method)]


def test_services_do_not_commit() -> None:
    assert not in_services(method="commit")


def test_services_do_not_publish() -> None:
    assert not in_services(method="publish", allowed=MAY_PUBLISH)


def test_the_keeper_sees_a_commit() -> None:
    source = Source(path=sources()[0].path, text="async def f(unit):\n    await unit.session.commit()\n")

    assert list(calls(source, method="commit"))
