"""Every platform that is connected, by the name its hooks and accounts carry."""

from collections.abc import Mapping
from types import MappingProxyType

from ingest.clients.connectors.connector import Connector
from ingest.clients.connectors.generic import GenericConnector
from ingest.clients.connectors.meta import MetaConnector
from ingest.clients.connectors.wechat_api import AccessTokens
from ingest.clients.connectors.wechat_oa import WeChatConnector

_ALL: tuple[Connector, ...] = (
    GenericConnector(),
    MetaConnector("facebook"),
    MetaConnector("messenger"),
    WeChatConnector(AccessTokens()),
)

CONNECTORS: Mapping[str, Connector] = MappingProxyType({connector.platform: connector for connector in _ALL})
