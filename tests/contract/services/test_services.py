"""The services look alike: each a value with a name, settings, tables, migrations, and a page on what it owns."""

import re
from pathlib import Path
from typing import Any

import pytest

from huiying.db.engine import Database
from huiying.db.migrate import is_current, migrate
from huiying.events.registry import EVENT_BY_TYPE, TOPIC_BY_NAME, TOPIC_OF, TOPICS
from huiying.settings import ServiceSettings
from scripts.settings_fields import own_settings, settings_class
from tests.support.routes import routes_of, service_named
from tests.support.sources import ROOT, SERVICES

HEADINGS = ["Owns", "Consumes", "Publishes", "Routes", "Settings", "Run it alone"]
SCREEN = 90


def page(service: str) -> str:
    """A service's README."""
    return (ROOT / "services" / service / "README.md").read_text("utf-8")


def section(service: str, heading: str) -> str:
    """What a service's README says under a heading."""
    return re.split(r"^## ", page(service).partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_called_like_its_package_and_says_what_it_is(service: str) -> None:
    value = service_named(service)

    assert value.name == service
    assert value.description.endswith(".")
    assert value.settings is settings_class(service)
    assert issubclass(value.settings, ServiceSettings)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_brings_its_migrations_and_they_make_its_tables(service: str, tmp_path: Path) -> None:
    value: Any = service_named(service)
    database = Database.in_directory(tmp_path, schema=service)

    await migrate(database, value.migrations)

    assert value.migrations == ROOT / "services" / service / service / "migrations"
    assert await is_current(database, value.migrations)
    await database.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_has_the_same_headings_and_fits_on_a_screen(service: str) -> None:
    text = page(service)

    assert re.findall(r"^# (.+)$", text.split("```")[0], flags=re.MULTILINE)[0].lower() == service
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == HEADINGS
    assert text.count("\n") <= SCREEN


def topics_named(text: str) -> set[str]:
    """The topics that a text names, by themselves or by a fact that travels on them."""
    names = re.findall(r"`([a-z.-]+)`", text)
    by_fact = {TOPIC_OF[EVENT_BY_TYPE[name]].name for name in names if name in EVENT_BY_TYPE}
    return by_fact | (set(names) & TOPIC_BY_NAME.keys())


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_names_what_its_service_consumes_and_publishes(service: str) -> None:
    consumed = {topic.name for topic in TOPICS if service in topic.consumers}
    published = {topic.name for topic in TOPICS if service in topic.producers}

    assert topics_named(section(service, "Consumes")) == consumed
    assert topics_named(section(service, "Publishes")) == published


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_names_every_setting_of_its_own_service(service: str) -> None:
    said = section(service, "Settings")

    assert [one.variable for one in own_settings(service) if one.variable not in said] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_names_the_head_of_every_route(service: str) -> None:
    heads = {f"/{route.path.split('/')[1].partition(':')[0]}" for route in routes_of(service)} - OF_EVERY_SERVICE

    said = section(service, "Routes")

    assert [head for head in sorted(heads) if head not in said] == []


OF_EVERY_SERVICE = {"/dead-letters"}
