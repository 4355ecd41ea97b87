"""What scoring can be told."""

from huiying.settings import ServiceSettings


class ScoringSettings(ServiceSettings):
    """How people feel, and later when a crisis starts."""
