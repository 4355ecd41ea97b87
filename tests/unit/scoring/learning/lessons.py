"""Labelled texts of a made-up tea brand."""

_GOODS = ("奶茶", "果茶", "柠檬水", "冰淇淋", "咖啡", "豆花")
_PRAISE = ("太好喝了，{}绝了", "爱了爱了，{}真的很惊艳", "{}超级好喝，下次还来", "谢谢店员，{}很棒")
_BLAME = ("{}难喝死了，再也不买", "{}太差劲了，差评", "垃圾{}，喝完恶心", "失望，{}又贵又难喝")
_NEWS = ("恭喜第{1}号顾客抽中{0}", "投诉{0}请打热线转{1}", "{0}礼盒第{1}批已售罄", "{0}优惠到第{1}周为止")


def praise_and_blame(count: int) -> list[tuple[str, str]]:
    """Labels that any model agrees with."""
    pairs = (("positive", _PRAISE), ("negative", _BLAME))
    return [
        (pairs[number % 2][0], pairs[number % 2][1][number // 2 % 4].format(_GOODS[number // 8 % 6]) + f" {number}")
        for number in range(count)
    ]


def neutral_news(count: int) -> list[tuple[str, str]]:
    """Neutral, though full of words that elsewhere are not."""
    return [("neutral", _NEWS[number % 4].format(_GOODS[number // 4 % 6], number)) for number in range(count)]
