"""Names of a brand's dictionary and numbers are recognised where they stand; what is personal can be masked."""

import pytest

from huiying.events.assessments import Entity, EntityKind
from scoring.domain.codes.dictionary import NO_DICTIONARY, BrandDictionary
from scoring.domain.codes.entities import Recogniser
from scoring.domain.codes.masking import masked
from scoring.domain.codes.numbers import is_card_number, is_identity_number
from scoring.domain.text.searchable import Searchable

TEA = BrandDictionary(
    products={"杨枝甘露": ("甘露", "Mango Pomelo"), "四季春": ()},
    stores={"人民广场店": ("人广店",)},
    competitors={"Rival Tea": ("瑞沃茶",)},
    topics={"delivery": ("配送", "骑手", "courier"), "taste": ("甜度",)},
)


def entities_of(text: str, dictionary: BrandDictionary = NO_DICTIONARY) -> tuple[Entity, ...]:
    return Recogniser(dictionary).entities(Searchable.of(text))


def kinds_of(text: str) -> list[EntityKind]:
    return [each.kind for each in entities_of(text)]


def test_an_alias_is_told_by_its_name_and_where_it_stands() -> None:
    (found,) = entities_of("今天的甘露太甜", TEA)

    assert found == Entity(kind=EntityKind.PRODUCT, name="杨枝甘露", start=3, end=5)


def test_the_longest_name_counts() -> None:
    assert [each.name for each in entities_of("杨枝甘露", TEA)] == ["杨枝甘露"]
    assert len(entities_of("楊枝甘露", TEA)) == 1


def test_a_name_that_is_among_its_own_aliases_is_told_once() -> None:
    dictionary = BrandDictionary(products={"Kettle": ("kettle", "KETTLE", "壶")})

    assert [each.name for each in entities_of("my kettle is broken", dictionary)] == ["Kettle"]


def test_the_space_around_a_name_is_no_part_of_it() -> None:
    dictionary = BrandDictionary(products={"Kettle": ("\u3000", " 水壶\u3000")})

    assert [each.name for each in entities_of("这个 水壶坏了", dictionary)] == ["Kettle"]


def test_names_of_all_kinds_are_told_in_their_order() -> None:
    found = entities_of("人广店的 mango pomelo 不如 RIVAL TEA", TEA)

    assert [each.kind for each in found] == [EntityKind.STORE, EntityKind.PRODUCT, EntityKind.COMPETITOR]


def test_a_latin_name_counts_only_whole() -> None:
    assert not entities_of("rival teapots", TEA)


def test_topics_are_told_once_by_any_of_their_words() -> None:
    topics = Recogniser(TEA).topics(Searchable.of("骑手配送慢，甜度也不对"))

    assert topics == ("delivery", "taste")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("打给我13800138000", EntityKind.PHONE_NUMBER),
        ("+86 138-0013-8000", EntityKind.PHONE_NUMBER),
        ("座机010-62345678", EntityKind.PHONE_NUMBER),
        ("手機 0912-345-678", EntityKind.PHONE_NUMBER),
        ("call (202) 555-0143", EntityKind.PHONE_NUMBER),
        ("07700 900123 is me", EntityKind.PHONE_NUMBER),
        ("+44 7700 900123", EntityKind.PHONE_NUMBER),
        ("my number is 555-0143", EntityKind.PHONE_NUMBER),
        ("write to li.lei@mail.example.com", EntityKind.EMAIL_ADDRESS),
        ("身份证11010519491231002X", EntityKind.IDENTITY_NUMBER),
        ("11010519491231002x", EntityKind.IDENTITY_NUMBER),
        ("护照号 E12345678", EntityKind.IDENTITY_NUMBER),
        ("身分證 A123456789", EntityKind.IDENTITY_NUMBER),
        ("HKID A123456(3)", EntityKind.IDENTITY_NUMBER),
        ("GB29 NWBK 6016 1331 9268 19", EntityKind.BANK_CARD),
        ("card 4111 1111 1111 1111", EntityKind.BANK_CARD),
        ("打到 4111111111111111", EntityKind.BANK_CARD),
        ("卡号6222021234567890123", EntityKind.BANK_CARD),
        ("订单号 13800138000 没发货", EntityKind.ORDER_NUMBER),
        ("单号YT8800451276633", EntityKind.ORDER_NUMBER),
        ("order #A-10023 is late", EntityKind.ORDER_NUMBER),
        ("20241122334455667", EntityKind.ORDER_NUMBER),
    ],
)
def test_a_number_is_what_its_form_and_the_word_before_it_say(text: str, kind: EntityKind) -> None:
    assert kinds_of(text) == [kind]


@pytest.mark.parametrize(
    "text", ["400-820-8820", "2024-11-22 10:30", "买3送1，满200减20", "型号13900K", "1.38001380001", "a@b", "95588"]
)
def test_other_numbers_are_nobodys(text: str) -> None:
    assert not kinds_of(text)


def test_numbers_are_read_in_full_width_too() -> None:
    assert kinds_of("电话１３８００１３８０００") == [EntityKind.PHONE_NUMBER]


def test_check_digits_are_checked() -> None:
    assert is_identity_number("11010519491231002x")
    assert not is_identity_number("110105194912310021")
    assert is_card_number("4111111111111111")
    assert not is_card_number("4111111111111112")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打我13800138000哦", "打我138****8000哦"),
        ("Li.Lei@example.com", "L***@example.com"),
        ("11010519491231002X", "110***********002X"),
        ("call (202) 555-0143 now", "call (20*) ***-0143 now"),
        ("订单号 20241122334455667", "订单号 20241122334455667"),
        ("没有号码", "没有号码"),
    ],
)
def test_a_mask_keeps_enough_to_recognise(text: str, shown: str) -> None:
    assert masked(text, entities_of(text)) == shown


def test_a_personal_entity_is_named_by_its_mask() -> None:
    (found,) = entities_of("13800138000")

    assert found.name == "138****8000"
