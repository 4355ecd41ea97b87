"""Every platform that is played, by name: one class each."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from simulator.platforms.bilibili import BilibiliAccount
from simulator.platforms.discord import DiscordServer
from simulator.platforms.douyin import DouyinAccount
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.instagram import InstagramAccount
from simulator.platforms.kuaishou import KuaishouRoom
from simulator.platforms.line import LINEAccount
from simulator.platforms.linkedin import LinkedInPage
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.platform import Platform, Surroundings
from simulator.platforms.qq import QQBot
from simulator.platforms.reddit import RedditUser
from simulator.platforms.slack import SlackWorkspace
from simulator.platforms.telegram import TelegramBot
from simulator.platforms.tiktok import TikTokAccount
from simulator.platforms.wechat_oa import WeChatAccount
from simulator.platforms.wecom import WeComAccount
from simulator.platforms.weibo import WeiboAccount
from simulator.platforms.whatsapp import WhatsAppNumber
from simulator.platforms.x import XAccount
from simulator.platforms.xiaohongshu import XiaohongshuBridge
from simulator.platforms.youtube import YouTubeChannel

_ALL: tuple[type[Platform], ...] = (
    DiscordServer,
    BilibiliAccount,
    KuaishouRoom,
    SlackWorkspace,
    QQBot,
    LINEAccount,
    DouyinAccount,
    TelegramBot,
    FacebookPage,
    MessengerInbox,
    InstagramAccount,
    WhatsAppNumber,
    WeChatAccount,
    WeComAccount,
    WeiboAccount,
    XAccount,
    TikTokAccount,
    LinkedInPage,
    GenericSource,
    YouTubeChannel,
    RedditUser,
)

PLATFORMS: Mapping[str, type[Platform]] = MappingProxyType(
    # A bridge goes by the name of what it speaks for; to the product it is one more generic source.
    {**{one.platform: one for one in _ALL}, "xiaohongshu": XiaohongshuBridge}
)


def make_platforms(world: Surroundings) -> tuple[Platform, ...]:
    """One account on each platform."""
    makers: Iterable[Callable[..., Platform]] = PLATFORMS.values()
    return tuple(make(surroundings=world) for make in makers)
