"""Identity, put together: who may come in, and what they may do."""

from pathlib import Path

from huiying.service.command import run
from huiying.service.definition import Service
from identity import consumers
from identity.api import api_keys, brands, me, members, sessions, setup, tokens
from identity.settings import IdentitySettings
from identity.storage.tables import METADATA
from identity.storage.unit import IdentityTools, IdentityUnit
from identity.usecases.start import equip

SERVICE = Service[IdentitySettings, IdentityTools, IdentityUnit](
    name="identity",
    description="Members, roles for brands, sessions and API keys.",
    settings=IdentitySettings,
    unit=IdentityUnit,
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    routers=[module.router for module in (setup, sessions, me, members, brands, api_keys, tokens)],
    handlers=consumers.HANDLERS,
    equip=equip,
)


if __name__ == "__main__":
    run(SERVICE)
