"""A number in the settings says what it counts, in its type or in its name; every setting says what it is."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from scripts.settings_fields import SERVICES, Setting, own_settings, shared_settings

UNITS = ("_seconds", "_ms", "_bytes", "_count", "_ratio", "_days", "_port", "_percent")
UNITS_BY_THEMSELVES = {"port"}


def read_by(service: str) -> list[Setting]:
    """Every setting of a service; the shared ones under the name of `shared`."""
    return shared_settings() if service == "shared" else own_settings(service)


@pytest.mark.parametrize("service", ["shared", *SERVICES])
def test_a_number_says_its_unit(service: str) -> None:
    numbers = [setting.field for setting in read_by(service) if setting.type in {int, float}]

    assert not [field for field in numbers if not field.endswith(UNITS) and field not in UNITS_BY_THEMSELVES]


@pytest.mark.parametrize("service", ["shared", *SERVICES])
def test_a_duration_has_its_unit_in_the_type_alone(service: str) -> None:
    durations = [setting.field for setting in read_by(service) if setting.type is timedelta]

    assert not [field for field in durations if field.endswith(UNITS)]


@pytest.mark.parametrize("service", ["shared", *SERVICES])
def test_a_setting_says_in_a_sentence_what_it_is(service: str) -> None:
    assert not [setting.variable for setting in read_by(service) if not setting.description.endswith(".")]


@pytest.mark.parametrize("service", ["shared", *SERVICES])
def test_what_is_secret_is_typed_so_and_has_no_default(service: str) -> None:
    sounding = ("password", "secret", "private_key", "api_key", "sealing", "signing_key")
    for setting in read_by(service):
        assert setting.is_secret or not any(word in setting.field for word in sounding), setting.variable
        assert not isinstance(setting.default, SecretStr) or not setting.default.get_secret_value(), setting.variable
