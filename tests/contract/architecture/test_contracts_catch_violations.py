"""The real code keeps each import contract of pyproject.toml, and each, broken on purpose, says so."""

from copy import deepcopy
from dataclasses import dataclass

import pytest
from grimp import ImportGraph, build_graph
from importlinter import Contract
from importlinter.application.use_cases import read_user_options
from importlinter.configuration import configure
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

from tests.support.sources import ROOT, SERVICES

configure()  # import-linter reads its options through what this installs.

KINDS: dict[str, type[Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}

LAYERS = ("main", "api", "consumers", "usecases", "storage", "domain", "settings")


SHARED_LAYERS = ("service", "jobs", "auth", "http", "outbox", "bus", "db", "observability", "events", "settings")


@dataclass(frozen=True)
class Violation:
    """A module that ought not to be there (`imports` is None), or an import that ought not to be made."""

    contract: str
    module: str
    imports: str | None = None

    def __str__(self) -> str:
        """How pytest names the case."""
        return (
            f"{self.contract}: {self.module} -> {self.imports}" if self.imports else f"{self.contract}: {self.module}"
        )


VIOLATIONS = (
    Violation("anatomy", "inbox.utils"),
    Violation("anatomy", "inbox.domain.thread", "inbox.storage.tables"),
    Violation("anatomy", "reporting.usecases.fold", "reporting.api.metrics"),
    Violation("anatomy", "identity.api.members", "identity.consumers"),
    Violation("anatomy", "scoring.usecases.assess", "scoring.training.fit"),
    Violation("shared", "huiying.helpers"),
    Violation("shared", "huiying.bus.transport", "huiying.db.engine"),
    Violation("shared", "huiying.clock", "huiying.settings.parts"),
    Violation("shared", "huiying.http.problems", "huiying.service.app"),
    Violation("independence", "inbox.usecases.reply", "ingest.domain.delivery"),
    Violation("independence", "reporting.consumers", "inbox.storage.tables"),
    Violation("shared-knows-no-service", "huiying.service.app", "inbox.main"),
    Violation("standalone", "ingest.main", "standalone.command"),
    Violation("simulator", "ingest.clients.facebook", "simulator.facebook"),
    Violation("simulator-is-foreign", "simulator.facebook", "huiying.crypto"),
    Violation("purity", "inbox.domain.thread", "sqlmodel"),
    Violation("purity", "scoring.domain.verdict", "huiying.clock"),
    Violation("bus", "inbox.usecases.reply", "huiying.bus.transport"),
    Violation("kafka", "ingest.storage.spool", "aiokafka"),
    Violation("kafka", "huiying.bus.embedded", "aiokafka"),
    Violation("outgoing", "identity.usecases.invite", "httpx"),
    Violation("outgoing", "huiying.auth.tokens", "httpx"),
    Violation("cycles", "inbox.usecases.assign", "inbox.usecases.claim"),
)


@pytest.fixture(scope="session")
def graph() -> ImportGraph:
    """The real imports, and whatever layer is still to be written."""
    options = read_user_options(str(ROOT / "pyproject.toml"))
    packages = options.session_options["root_packages"]
    built = build_graph(*packages, include_external_packages=True, cache_dir=None)
    for service in SERVICES:
        for layer in LAYERS:
            built.add_module(f"{service}.{layer}")
    for layer in SHARED_LAYERS:
        built.add_module(f"huiying.{layer}")
    return built


def contract(identifier: str) -> Contract:
    """The contract of that id, as pyproject.toml has it."""
    options = read_user_options(str(ROOT / "pyproject.toml"))
    one = next(one for one in options.contracts_options if one["id"] == identifier)
    return KINDS[one["type"]](name=one["name"], session_options=options.session_options, contract_options=one)


def with_module(graph: ImportGraph, module: str) -> None:
    """Add a module and the packages it lies in; one of nobody's is a foreign one."""
    top = module.partition(".")[0]
    ours = top in graph.modules and not graph.is_module_squashed(top)
    parts = module.split(".") if ours else [top]
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        if name not in graph.modules:
            graph.add_module(name, is_squashed=not ours)


def committed(violation: Violation, graph: ImportGraph) -> ImportGraph:
    """The graph as it would be, had somebody done it."""
    changed = deepcopy(graph)
    with_module(changed, violation.module)
    if violation.imports:
        with_module(changed, violation.imports)
        changed.add_import(importer=violation.module, imported=violation.imports)
    if violation.contract == "cycles":
        changed.add_import(importer=violation.imports or "", imported=violation.module)
    return changed


def contract_ids() -> list[str]:
    """Every contract there is."""
    return [one["id"] for one in read_user_options(str(ROOT / "pyproject.toml")).contracts_options]


@pytest.mark.parametrize("identifier", contract_ids())
def test_the_real_code_keeps_the_contract(identifier: str, graph: ImportGraph) -> None:
    result = contract(identifier).check(deepcopy(graph), verbose=False)

    assert result.kept, result.metadata


@pytest.mark.parametrize("violation", VIOLATIONS, ids=str)
def test_a_violation_is_caught(violation: Violation, graph: ImportGraph) -> None:
    changed = committed(violation, graph)

    result = contract(violation.contract).check(changed, verbose=False)

    assert not result.kept


def test_every_contract_has_been_broken_once() -> None:
    assert {violation.contract for violation in VIOLATIONS} == set(contract_ids())
