"""What can be asked, by whom, and how the answer is cut."""

from datetime import UTC, datetime, timedelta

import pytest

from huiying.auth.principals import Role
from huiying.events.interactions import Kind
from tests.support.running import a_member
from tests.unit.reporting.facts import NOON, an_interaction
from tests.unit.reporting.world import Reporting

FORM = {"metric": "interactions", "brand": "tea", "from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}


async def test_a_metric_is_split_by_what_its_catalogue_entry_names(reporting: Reporting) -> None:
    await reporting.tell(
        an_interaction(),
        an_interaction(kind=Kind.MESSAGE, platform="wechat_oa", account="account-2"),
        an_interaction(kind=Kind.MESSAGE, platform="wechat_oa", account="account-2"),
    )

    assert await reporting.split("interactions", by="platform") == {"facebook": [1], "wechat_oa": [2]}
    assert await reporting.split("interactions", by="kind") == {"comment": [1], "message": [2]}
    assert await reporting.split("interactions", by="account") == {"account-1": [1], "account-2": [2]}


async def test_the_answer_has_the_contracts_form(reporting: Reporting) -> None:
    await reporting.tell(an_interaction())

    answer = await reporting.ask("interactions")

    points = [{"at": "2026-03-10T00:00:00Z", "value": 1}]
    series = [{"key": "all", "points": points}]
    assert answer == {"metric": "interactions", "unit": "interactions", "total": 1, "series": series}


async def test_gaps_are_filled_with_zero_or_with_nothing(reporting: Reporting) -> None:
    await reporting.tell(an_interaction())

    hours = (await reporting.split("interactions", granularity="hour"))["all"]
    shares = (await reporting.split("sentiment_net", granularity="hour"))["all"]

    assert hours == [0] * 12 + [1] + [0] * 11
    assert shares == [None] * 24


async def test_a_period_has_its_beginning_and_not_its_end(reporting: Reporting) -> None:
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    await reporting.tell(an_interaction(at=midnight), an_interaction(at=midnight + timedelta(days=1)))

    assert await reporting.total("interactions") == 1


@pytest.mark.parametrize(
    ("zone", "begins", "counts"),
    [
        ("Asia/Shanghai", ["2026-03-09T16:00:00Z", "2026-03-10T16:00:00Z"], [1, 1]),
        ("Asia/Kolkata", ["2026-03-09T18:30:00Z", "2026-03-10T18:30:00Z"], [2, 0]),
        ("UTC", ["2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"], [2, 0]),
    ],
)
async def test_a_day_is_a_day_of_the_zone_that_is_asked_for(
    reporting: Reporting, zone: str, begins: list[str], counts: list[int]
) -> None:
    await reporting.tell(
        an_interaction(at=datetime(2026, 3, 10, 15, 59, tzinfo=UTC)),
        an_interaction(at=datetime(2026, 3, 10, 18, 29, 59, tzinfo=UTC)),
    )
    span = {"from": begins[0], "to": "2026-03-11T18:30:00Z" if zone != "UTC" else "2026-03-12T00:00:00Z"}

    points = (await reporting.ask("interactions", tz=zone, **span))["series"][0]["points"]

    assert [point["at"] for point in points][:2] == begins
    assert [point["value"] for point in points][:2] == counts


async def test_a_comparison_adds_what_was_before_and_the_change(reporting: Reporting) -> None:
    await reporting.tell(*(an_interaction() for _ in range(3)), an_interaction(at=NOON - timedelta(days=1)))

    answer = await reporting.ask("interactions", compare="previous_period")

    assert (answer["total"], answer["previous_total"], answer["change"]) == (3, 1, 2.0)


async def test_growth_from_nothing_has_no_rate(reporting: Reporting) -> None:
    await reporting.tell(an_interaction())

    answer = await reporting.ask("interactions", compare="previous_year")

    assert (answer["previous_total"], answer["change"]) == (0, None)


async def test_the_previous_year_of_a_leap_day_is_the_day_before_march(reporting: Reporting) -> None:
    await reporting.tell(
        an_interaction(at=datetime(2024, 2, 29, 9, tzinfo=UTC)), an_interaction(at=datetime(2023, 2, 28, 9, tzinfo=UTC))
    )
    day = {"from": "2024-02-29T00:00:00Z", "to": "2024-03-01T00:00:00Z"}

    answer = await reporting.ask("interactions", compare="previous_year", **day)

    assert (answer["total"], answer["previous_total"]) == (1, 1)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"metric": "charm"}, "/query/metric"),
        ({"metric": "answers", "by": "sentiment"}, "/query/by"),
        ({"by": "mood"}, "/query/by"),
        ({"tz": "Mars/Olympus"}, "/query/tz"),
        ({"tz": "../etc/passwd"}, "/query/tz"),
        ({"tz": "Asia"}, "/query/tz"),
        ({"from": "2026-03-10T00:00:00"}, "/query/from"),
        ({"from": "1999-12-31T00:00:00Z"}, "/query/from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "/query/from"),
        ({"to": "2026-03-10T00:00:00Z"}, "/query/to"),
        ({"to": "2027-06-01T00:00:00Z"}, "/query/to"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "/query/to"),
        ({"granularity": "hour", "to": "2026-05-10T00:00:00Z"}, "/query/to"),
    ],
)
async def test_a_question_that_makes_no_sense_is_told_where(
    reporting: Reporting, query: dict[str, str], pointer: str
) -> None:
    answer = await reporting.get("/metrics", **{**FORM, **query})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_another_brand_does_not_exist_for_who_may_not_see_it(reporting: Reporting) -> None:
    await reporting.tell(an_interaction(brand="tea"))
    stranger = a_member(Role.ANALYST, "coffee")

    answer = await reporting.seen_by(stranger).get("/metrics", **FORM)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_without_a_brand_only_those_one_may_report_on_are_counted(reporting: Reporting) -> None:
    await reporting.tell(an_interaction(brand="tea"), an_interaction(brand="coffee"), an_interaction(brand="cake"))
    form = {name: value for name, value in FORM.items() if name != "brand"}

    mine = await reporting.seen_by(a_member(Role.MANAGER, "tea", "cake")).get("/metrics", **form)
    everything = await reporting.get("/metrics", **form)

    assert (mine.json()["total"], everything.json()["total"]) == (2, 3)


async def test_an_agent_may_not_read_reports(reporting: Reporting) -> None:
    agent = reporting.seen_by(a_member(Role.AGENT, "tea"))

    answers = [await agent.get("/metrics", **FORM), await agent.get("/metrics/catalogue")]

    assert [answer.status_code for answer in answers] == [403, 403]


async def test_the_catalogue_says_what_each_metric_means_in_both_languages(reporting: Reporting) -> None:
    answer = await reporting.seen_by(a_member(Role.ANALYST, "tea")).get("/metrics/catalogue")

    entries = {entry["name"]: entry for entry in answer.json()["items"]}
    assert {"interactions", "people", "answers", "answer_rate", "backlog", "sentiment_net"} <= set(entries)
    assert all(entry["definition"]["en"] and entry["definition"]["zh"] for entry in entries.values())
    assert entries["interactions"]["dimensions"] == ["platform", "kind", "account", "sentiment"]
