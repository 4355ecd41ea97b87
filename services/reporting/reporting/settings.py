"""What can be set for reporting."""

from huiying.settings import ServiceSettings


class ReportingSettings(ServiceSettings):
    """Nothing beyond what every service has."""
