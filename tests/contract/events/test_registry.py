"""The registry says what the services do: who tells what, who listens, and nothing is told to nobody."""

import ast
import re
from datetime import timedelta

import pytest

from huiying.events.envelope import Event
from huiying.events.registry import EVENT_BY_TYPE, TOPIC_OF, TOPICS, Topic
from scripts.event_schemas import versioned_name
from tests.support.routes import service_named
from tests.support.sources import PACKAGES, SERVICES, sources

CLASSES = {event.__name__: event for event in TOPIC_OF}


def constructed_in(service: str) -> set[type[Event]]:
    """The facts that a service's code makes."""
    calls = (
        node.func
        for source in sources()
        if source.path.is_relative_to(PACKAGES[service])
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
    )
    return {CLASSES[call.id] for call in calls if isinstance(call, ast.Name) and call.id in CLASSES}


def called(topic: Topic) -> str:
    """How a failure calls a topic."""
    return topic.name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_handles_the_facts_of_the_topics_that_it_consumes(service: str) -> None:
    handled = set(service_named(service).handlers)
    topics = [topic for topic in TOPICS if service in topic.consumers]

    assert {TOPIC_OF[event].name for event in handled} == {topic.name for topic in topics}


@pytest.mark.parametrize("topic", TOPICS, ids=called)
def test_a_fact_is_handled_by_at_least_one_of_the_consumers_of_its_topic(topic: Topic) -> None:
    handled = {event for service in topic.consumers for event in service_named(service).handlers}

    assert topic.consumers
    assert set(topic.events) - handled == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_tells_what_the_registry_says_it_produces(service: str) -> None:
    produced = {event for topic in TOPICS if service in topic.producers for event in topic.events}

    assert constructed_in(service) == produced


@pytest.mark.parametrize("topic", TOPICS, ids=called)
def test_a_topic_has_an_owner_who_tells_it_and_an_end_to_its_retention(topic: Topic) -> None:
    assert topic.owner in topic.producers
    assert set(topic.producers) | set(topic.consumers) <= set(SERVICES)
    assert timedelta() < topic.retention <= timedelta(days=366)
    assert topic.partitions >= 1
    assert topic.description.endswith(".")
    assert topic.key


@pytest.mark.parametrize("topic", TOPICS, ids=called)
def test_a_topic_is_called_by_a_plural_in_kebab_case(topic: Topic) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*s", topic.name)


@pytest.mark.parametrize("event", EVENT_BY_TYPE.values(), ids=versioned_name)
def test_a_fact_is_called_by_its_subject_and_what_happened(event: type[Event]) -> None:
    subject, happened, *version = event.type.split(".")

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", subject)
    assert re.fullmatch(r"[a-z]+(ed|nt|de)", happened)
    assert event.__name__ == "".join(word.title() for word in [*subject.split("_"), happened, *version])


def test_a_fact_travels_on_one_topic_under_one_type() -> None:
    told = [event for topic in TOPICS for event in topic.events]

    assert len(told) == len(set(told)) == len({event.type for event in told})
