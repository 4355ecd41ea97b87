"""What identity is told: the settings of every service, and its own."""

from pydantic import Field, SecretStr

from huiying.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """Identity's settings; the bootstrap key, which every service knows of, is obeyed here."""

    identity_signing_key: SecretStr = Field(
        default=SecretStr(""),
        description="Private Ed25519 key (JWK, JSON) that signs access tokens; empty: made once, kept sealed.",
    )
    identity_proxy_count: int = Field(
        default=0,
        ge=0,
        le=5,
        description="Proxies in front that append to X-Forwarded-For; 0 believes only the connection.",
    )
