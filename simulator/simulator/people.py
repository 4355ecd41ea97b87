"""Who writes, and what they write under: made-up people and the posts of a made-up tea house."""

import base64
import hashlib
import random
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]

BRAND_NAME = "Tanghulu Tea 糖葫芦茶"

_ZH_FIRST = ("芋圆", "爱喝茶的", "加冰", "半糖", "西瓜", "早睡", "糯米", "打工", "会飞的", "山楂", "月亮", "三分甜")
_ZH_LAST = ("本圆", "小鹿", "少女", "同学", "不熬夜", "团子", "人小王", "小鱼", "味的风", "姐姐", "饭饭", "老李")
_EN_FIRST = ("quiet", "sunny", "salty", "lazy", "midnight", "tiny", "extra", "paper", "velvet", "slow", "lucky", "moss")
_EN_LAST = (
    "mango",
    "heron",
    "teacup",
    "noodle",
    "badger",
    "pebble",
    "boba",
    "lantern",
    "walrus",
    "comet",
    "plum",
    "owl",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody, the same on every platform under that platform's own id."""

    number: int
    name: str
    language: Language = "zh"
    followers: int = 0

    @property
    def meta_id(self) -> str:
        """The page-scoped id."""
        return str(4_000_000_000_000_000 + self.number)

    @property
    def phone(self) -> str:
        """A telephone number, made up too."""
        return f"4477009{self.number % 100_000:05d}"

    def openid(self, app_id: str) -> str:
        """The id that WeChat shows to one account: 28 characters, another for every account."""
        digest = hashlib.sha256(f"{app_id}/{self.number}".encode()).digest()
        return "o" + base64.urlsafe_b64encode(digest).decode()[:27]

    @property
    def generic_id(self) -> str:
        """The id at a bridge."""
        return f"u{self.number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """Something the brand published."""

    number: int
    title: str


def make_person(number: int, *, language: Language) -> Person:
    """The person of that number, with a handle and a following of their own; always the same one."""
    chance = random.Random(number)
    first, last = (_ZH_FIRST, _ZH_LAST) if language == "zh" else (_EN_FIRST, _EN_LAST)
    joint, tail = ("", "") if language == "zh" else ("_", str(chance.randint(2, 97)))
    if language == "zh" and chance.random() < 0.4:
        tail = str(chance.randint(1, 99)).zfill(2)
    # Most people are followed by a few hundred, and a handful by very many.
    followers = int(chance.paretovariate(0.9) * 40)
    return Person(
        number=number,
        name=f"{chance.choice(first)}{joint}{chance.choice(last)}{tail}",
        language=language,
        followers=min(followers, 3_000_000),
    )


MIA = Person(number=1, name="lucky_teacup", language="en", followers=412)
XIAOYU = Person(number=2, name="山楂小鱼", language="zh", followers=1280)
AUTUMN_POST = Post(number=5_551_001, title="Autumn menu 秋日菜单")
