"""Every platform that is connected, by the name its hooks and accounts carry: ours, and what is installed besides."""

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from types import MappingProxyType

from ingest.clients.connectors.access_tokens import AccessTokens
from ingest.clients.connectors.bilibili import BilibiliConnector
from ingest.clients.connectors.connector import Connector
from ingest.clients.connectors.discord import DiscordConnector
from ingest.clients.connectors.douyin import DouyinConnector
from ingest.clients.connectors.facebook import FacebookConnector
from ingest.clients.connectors.generic import GenericConnector
from ingest.clients.connectors.instagram import InstagramConnector
from ingest.clients.connectors.kuaishou import KuaishouConnector
from ingest.clients.connectors.line import LINEConnector
from ingest.clients.connectors.linkedin import LinkedInConnector
from ingest.clients.connectors.messenger import MessengerConnector
from ingest.clients.connectors.meta_usage import Usage
from ingest.clients.connectors.qq import QQConnector
from ingest.clients.connectors.reddit import RedditConnector
from ingest.clients.connectors.slack import SlackConnector
from ingest.clients.connectors.telegram import TelegramConnector
from ingest.clients.connectors.tiktok import TikTokConnector
from ingest.clients.connectors.wechat_oa import WeChatConnector
from ingest.clients.connectors.wecom import WeComConnector
from ingest.clients.connectors.weibo import WeiboConnector
from ingest.clients.connectors.whatsapp import WhatsAppConnector
from ingest.clients.connectors.x import XConnector
from ingest.clients.connectors.youtube import YouTubeConnector

ENTRY_POINTS = "huiying.connectors"

_OURS: Sequence[Connector] = (
    DiscordConnector(),
    SlackConnector(),
    KuaishouConnector(),
    BilibiliConnector(),
    QQConnector(AccessTokens()),
    LINEConnector(),
    TelegramConnector(),
    DouyinConnector(),
    GenericConnector(),
    FacebookConnector(Usage()),
    MessengerConnector(Usage()),
    InstagramConnector(Usage()),
    WhatsAppConnector(Usage()),
    WeChatConnector(AccessTokens()),
    XConnector(),
    LinkedInConnector(),
    TikTokConnector(),
    WeComConnector(AccessTokens()),
    WeiboConnector(),
    YouTubeConnector(),
    RedditConnector(),
)


def with_installed(ours: Sequence[Connector]) -> Mapping[str, Connector]:
    """These, and the connectors that installed distributions offer as entry points `{platform} = module:make`.

    Raises ValueError if one takes a name that is taken, or another than it was announced under.
    """
    connectors = {connector.platform: connector for connector in ours}
    for point in entry_points(group=ENTRY_POINTS):
        connector: Connector = point.load()()
        if connector.platform != point.name or point.name in connectors:
            raise ValueError(f"the connector {point.value} cannot be {point.name}: that name is taken or not its own")
        connectors[point.name] = connector
    return MappingProxyType(connectors)


CONNECTORS: Mapping[str, Connector] = with_installed(_OURS)
