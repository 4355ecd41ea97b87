"""Simulated platforms on which every test has accounts of its own, so that tests can share a running Huiying."""

import secrets

from simulator.facade import Simulator
from simulator.platforms.facebook import FacebookPage
from simulator.platforms.generic import GenericSource
from simulator.platforms.messenger import MessengerInbox
from simulator.platforms.meta import MetaApp
from simulator.platforms.platform import Surroundings
from simulator.platforms.wechat_oa import WeChatAccount, WeChatApp


def a_simulator() -> Simulator:
    """One account on each platform, with ids that no other test uses."""
    world, unique = Surroundings(), str(secrets.randbelow(10**12))
    return Simulator(
        [
            FacebookPage(MetaApp(page_id=f"71{unique}"), surroundings=world),
            MessengerInbox(MetaApp(page_id=f"72{unique}"), surroundings=world),
            WeChatAccount(WeChatApp(original_id=f"gh_{unique}"), surroundings=world),
            GenericSource(external_id=f"source-{unique}", surroundings=world),
        ]
    )
