"""Every setting that any service reads, as flat lists: for the reference, and for tests of names and units."""

import importlib
import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from huiying.settings import ServiceSettings

SERVICES = ("identity", "ingest", "scoring", "inbox", "reporting", "webhooks")


@dataclass(frozen=True)
class Setting:
    """One value that an operator may set, by the name of its environment variable."""

    variable: str
    field: str
    type: object
    default: object
    description: str

    @property
    def is_secret(self) -> bool:
        """Whether the value must never be shown."""
        return self.type is SecretStr

    @property
    def shown_default(self) -> str:
        """The default as the environment would have it; empty for a secret and for what is made at run time."""
        if self.is_secret or self.default is None:
            return ""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        plain = self.default.value if isinstance(self.default, Enum) else self.default
        return str(to_jsonable_python(plain)) if isinstance(plain, timedelta) else str(plain)

    @property
    def choices(self) -> tuple[str, ...]:
        """What the value may be, where that is a short list."""
        if isinstance(self.type, type) and issubclass(self.type, Enum):
            return tuple(str(member.value) for member in self.type)
        return ()


def _plain(annotation: object) -> object:
    """The type without `| None`."""
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [one for one in get_args(annotation) if one is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _default(info: FieldInfo) -> object:
    return None if info.default is PydanticUndefined or info.default_factory is not None else info.default


def settings_of(model: type[BaseModel], *, prefix: str = "HUIYING_") -> Iterator[Setting]:
    """Every value below a settings class, parts flattened; `prefix` is that of its variables."""
    for name, info in model.model_fields.items():
        kind = _plain(info.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings_of(kind, prefix=f"{prefix}{name.upper()}__")
        else:
            variable = f"{prefix}{name.upper()}"
            yield Setting(
                variable=variable, field=name, type=kind, default=_default(info), description=info.description or ""
            )


def settings_class(service: str) -> type[ServiceSettings]:
    """The one settings class of a service: the subclass of ServiceSettings that its `settings` module defines."""
    module: Any = importlib.import_module(f"{service}.settings")
    found = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, ServiceSettings) and one.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise LookupError(f"{service}.settings must define one subclass of ServiceSettings, not {len(found)}")
    return found[0]


def shared_settings() -> list[Setting]:
    """What every service reads."""
    return list(settings_of(ServiceSettings))


def own_settings(service: str) -> list[Setting]:
    """What only this service adds."""
    shared = {setting.variable for setting in shared_settings()}
    return [setting for setting in settings_of(settings_class(service)) if setting.variable not in shared]
