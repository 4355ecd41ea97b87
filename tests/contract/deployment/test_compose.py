"""docker-compose.yml starts what there is, tells it only what it knows, and leaves no door open."""

import re
from datetime import timedelta
from typing import Any

import pytest

from huiying.events.registry import TOPICS
from huiying.settings import HTTPSettings
from scripts.settings_fields import settings_class, settings_of
from tests.support.sources import ROOT, SERVICES

Compose = dict[str, Any]

# Each with the reason beside it in the file.
MAY_WRITE_ITS_ROOT = {"kafka"}
MAY_KEEP_A_CAPABILITY = {"gateway": ["NET_BIND_SERVICE"]}

SIGNING_KEY = "HUIYING_IDENTITY_SIGNING_KEY"

VARIABLE = re.compile(r"\$\{(\w+)([^}]*)\}")
SECRET = re.compile(r"PASSWORD|KEY|SECRET|CLUSTER_ID")


def jobs(compose: Compose) -> set[str]:
    """The containers that run to an end."""
    return {name for name, one in compose["services"].items() if one["restart"].startswith("on-failure")}


def application(name: str) -> str:
    """The service whose code a container runs: ingest for `ingest-migrate` and for `topics`."""
    return "ingest" if name == "topics" else name.removesuffix("-migrate")


def ours(compose: Compose) -> dict[str, Any]:
    """The containers that run code of this project and read its settings."""
    return {name: one for name, one in compose["services"].items() if application(name) in SERVICES}


def test_every_service_runs_after_its_own_migration_and_the_topics(compose: Compose) -> None:
    for service in SERVICES:
        needs = compose["services"][service]["depends_on"]

        assert needs[f"{service}-migrate"] == {"condition": "service_completed_successfully"}
        assert needs["topics"] == {"condition": "service_completed_successfully"}


def test_every_variable_that_a_container_is_told_is_a_setting_of_its_service(compose: Compose) -> None:
    for name, one in ours(compose).items():
        known = {setting.variable for setting in settings_of(settings_class(application(name)))}

        assert set(one["environment"]) <= known, name


def test_the_settings_that_compose_gives_are_accepted(compose: Compose, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, one in ours(compose).items():
        with monkeypatch.context() as environment:
            for variable, value in one["environment"].items():
                environment.setenv(variable, VARIABLE.sub(lambda found: found[2].removeprefix(":-") or "x", str(value)))

            settings = settings_class(application(name))()

        assert settings.http.port == 8080


def test_no_secret_has_a_default(compose: Compose) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    secrets = [(name, rest) for name, rest in VARIABLE.findall(text) if SECRET.search(name)]

    assert len(secrets) >= 5
    assert all(rest.startswith(":?") for _, rest in secrets)


def test_only_identity_can_sign(compose: Compose) -> None:
    signing = [name for name, one in compose["services"].items() if SIGNING_KEY in one.get("environment", {})]

    assert signing == ["identity"]


def test_no_secret_is_written_out(compose: Compose) -> None:
    for name, one in compose["services"].items():
        for variable, value in one.get("environment", {}).items():
            assert not SECRET.search(variable) or str(value).startswith("${"), f"{name}: {variable}"


def test_every_container_is_confined(compose: Compose) -> None:
    for name, one in compose["services"].items():
        assert one["read_only"] is (name not in MAY_WRITE_ITS_ROOT), name
        assert one["cap_drop"] == ["ALL"], name
        assert one.get("cap_add", []) == MAY_KEEP_A_CAPABILITY.get(name, []), name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert one["mem_limit"], name
        assert one["tmpfs"], name
        assert not one.get("privileged"), name


def test_every_container_that_stays_says_whether_it_is_well(compose: Compose) -> None:
    staying = {name: one for name, one in compose["services"].items() if name not in jobs(compose)}

    assert all(one["healthcheck"]["test"][0] == "CMD" for one in staying.values())
    assert all("curl" not in one["healthcheck"]["test"] for one in staying.values())


def test_only_the_gateway_can_be_reached_and_only_from_this_machine(compose: Compose) -> None:
    published = {name: one["ports"] for name, one in compose["services"].items() if one.get("ports")}

    assert list(published) == ["gateway"]
    assert all(port.startswith("127.0.0.1:") for port in published["gateway"])


def test_what_holds_state_has_no_way_out(compose: Compose) -> None:
    assert compose["networks"]["data"]["internal"] is True
    assert compose["services"]["postgres"]["networks"] == ["data"]
    assert compose["services"]["kafka"]["networks"] == ["data"]
    assert compose["services"]["gateway"]["networks"] == ["edge"]


def test_a_service_is_given_longer_to_stop_than_it_takes(compose: Compose) -> None:
    for service in SERVICES:
        grace = timedelta(seconds=int(compose["services"][service]["stop_grace_period"].removesuffix("s")))
        told = compose["services"][service]["environment"]["HUIYING_HTTP__SHUTDOWN_TIMEOUT"]

        takes = HTTPSettings.model_validate({"shutdown_timeout": told}).shutdown_timeout

        assert grace >= takes + timedelta(seconds=5)


def test_what_must_survive_lies_in_a_volume(compose: Compose) -> None:
    kept = {name: one["volumes"] for name, one in compose["services"].items() if one.get("volumes")}

    assert set(kept) == {"gateway", "ingest", "kafka", "postgres"}
    assert kept["ingest"] == ["ingest-data:/data"]
    assert compose["services"]["ingest"]["environment"]["HUIYING_STORAGE__DATA_DIR"] == "/data"
    # From PostgreSQL 18 on the image keeps its data one folder higher than before.
    assert compose["services"]["postgres"]["image"] == "postgres:18"
    assert kept["postgres"] == ["postgres-data:/var/lib/postgresql"]


def test_topics_come_from_the_registry_alone(compose: Compose) -> None:
    broker = compose["services"]["kafka"]["environment"]

    assert broker["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert compose["services"]["topics"]["command"] == ["topics"]
    assert {topic.owner for topic in TOPICS} <= set(SERVICES)


def test_the_simulator_runs_only_when_asked_for(compose: Compose) -> None:
    asked = {name: one["profiles"] for name, one in compose["services"].items() if one.get("profiles")}

    assert asked == {"simulator": ["demo"]}
