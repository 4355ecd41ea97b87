"""Every metric there is. A metric whose facts nobody tells yet is absent, not zero."""

from collections.abc import Mapping
from types import MappingProxyType

from reporting.domain.metric import CELL_DIMENSIONS, MEASURED_DIMENSIONS, Definition, Dimension, Family, Metric

SENTIMENTS = ("negative", "neutral", "positive")
UNASSESSED = "unassessed"


def _same(count: int) -> float:
    return count


def _share(part: int, *parts: int) -> float | None:
    """The first as a share of the sum of all."""
    whole = part + sum(parts)
    return part / whole if whole else None


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _net(negative: int, neutral: int, positive: int) -> float | None:
    whole = negative + neutral + positive
    return (positive - negative) / whole if whole else None


_METRICS = (
    Metric(
        name="interactions",
        unit="interactions",
        definition=Definition(
            en="Comments, messages, mentions, reactions, shares and follows that people newly addressed to the brand, "
            "each once, by when they happened.",
            zh="用户新发给品牌的评论、私信、提及、互动、分享与关注,按发生时间计,每条只计一次。",
        ),
        family=Family.INTERACTIONS,
        columns=("interactions",),
        formula=_same,
        dimensions=(*CELL_DIMENSIONS, Dimension.SENTIMENT),
    ),
    Metric(
        name="people",
        unit="people",
        definition=Definition(
            en="Different people behind these interactions. Who comes on several days is one person in the total; who "
            "comes on several platforms is one on each. Beyond about 200 people an estimate within 2 percent (one "
            "standard error), because no identities are kept.",
            zh="上述互动背后的不同用户数。同一人多日出现,总数只计一次;不同平台分别计。超过约 200 人为估计值"
            "(标准误差 2% 以内),因为不保存任何身份。",
        ),
        family=Family.INTERACTIONS,
        columns=("people",),
    ),
    Metric(
        name="answers",
        unit="answers",
        definition=Definition(
            en="Answers that the brand gave in its threads, by when they were given.",
            zh="品牌在会话中给出的回复数,按回复时间计。",
        ),
        family=Family.THREADS,
        columns=("answers",),
        formula=_same,
    ),
    Metric(
        name="answer_rate",
        unit="ratio",
        definition=Definition(
            en="Of the threads opened in the period, the share that has been answered by now. Null where none opened.",
            zh="该时段内新开会话中,至今已获回复的比例。无新开会话时为空。",
        ),
        family=Family.THREADS,
        columns=("answered_threads", "opened"),
        formula=_rate,
    ),
    Metric(
        name="first_response_seconds",
        unit="seconds",
        definition=Definition(
            en="Median time from a thread's oldest unanswered message to the thread's first answer, by when the answer "
            "was given. Null where there was none.",
            zh="从会话最早未回复消息到首次回复的时长中位数,按回复时间计。无回复时为空。",
        ),
        family=Family.THREADS,
        columns=("first_response",),
    ),
    Metric(
        name="next_response_seconds",
        unit="seconds",
        definition=Definition(
            en="Median time from the oldest unanswered message to the answer, for every answer after a thread's first, "
            "by when the answer was given. Null where there was none.",
            zh="首次回复之后的各次回复,从最早未回复消息到回复的时长中位数,按回复时间计。无回复时为空。",
        ),
        family=Family.THREADS,
        columns=("next_response",),
    ),
    Metric(
        name="resolution_seconds",
        unit="seconds",
        definition=Definition(
            en="Median time from a thread's opening, or its last reopening, to its resolution, by when that was. "
            "Null where none was.",
            zh="从会话开启(或最近一次重开)到解决的时长中位数,按解决时间计。无解决时为空。",
        ),
        family=Family.THREADS,
        columns=("resolution",),
    ),
    Metric(
        name="backlog",
        unit="threads",
        definition=Definition(
            en="Threads that are not resolved at the end of each point; the total is that at the end of the period. "
            "Pending and snoozed threads count.",
            zh="每个时间点末尚未解决的会话数;总数为时段末的数量。待处理与暂缓的会话计算在内。",
        ),
        family=Family.THREADS,
        columns=("backlog_change",),
        formula=_same,
        is_level=True,
    ),
    Metric(
        name="sentiment_negative_share",
        unit="ratio",
        definition=Definition(
            en="Share of negative ones among the interactions that were assessed. Null where none was.",
            zh="已评估情感的互动中负面所占比例。无评估时为空。",
        ),
        family=Family.INTERACTIONS,
        columns=("negative", "neutral", "positive"),
        formula=_share,
    ),
    Metric(
        name="sentiment_net",
        unit="ratio",
        definition=Definition(
            en="Positive less negative interactions as a share of those that were assessed, from -1 to 1. Null where "
            "none was.",
            zh="正面减负面互动占已评估互动的比例,-1 到 1。无评估时为空。",
        ),
        family=Family.INTERACTIONS,
        columns=("negative", "neutral", "positive"),
        formula=_net,
    ),
)

_GAINED = {
    "post_views": ("views", "views", "How often posts were seen", "贴文浏览次数"),
    "post_likes": ("likes", "likes", "Likes and other reactions that posts got", "贴文获得的点赞与其他表态"),
    "post_comments": (
        "comments",
        "comments",
        "Comments that posts got, as the platform counts them",
        "平台统计的贴文评论数",
    ),
    "post_shares": ("shares", "shares", "How often posts were shared", "贴文被分享次数"),
    "post_clicks": ("clicks", "clicks", "Clicks on posts and their links", "贴文及其链接的点击次数"),
}


def _gained(name: str) -> Metric:
    """A metric of what platforms count for each post."""
    unit, column, en, zh = _GAINED[name]
    return Metric(
        name=name,
        unit=unit,
        definition=Definition(
            en=f"{en}: what the platform's own count gained between two measurements, by when the second was taken. "
            "What a post had before its account was connected is not counted; a platform's correction may be negative.",
            zh=f"{zh}:平台计数在两次采集之间的增量,按后一次采集时间计。账号接入之前已有的数量不计;平台更正可为负。",
        ),
        family=Family.MEASUREMENTS,
        columns=(column,),
        formula=_same,
        dimensions=MEASURED_DIMENSIONS,
    )


_MEASURED = (
    Metric(
        name="followers",
        unit="people",
        definition=Definition(
            en="Followers of the brand's accounts at the end of each point, as the platforms count them; the total is "
            "that at the end of the period. Who follows several accounts counts once for each.",
            zh="每个时间点末品牌账号的粉丝数,以平台统计为准;总数为时段末的数量。同一人关注多个账号分别计。",
        ),
        family=Family.MEASUREMENTS,
        columns=("followers_change",),
        formula=_same,
        dimensions=MEASURED_DIMENSIONS,
        is_level=True,
    ),
    Metric(
        name="posts",
        unit="posts",
        definition=Definition(
            en="Posts that the brand's accounts published, by when they were published.",
            zh="品牌账号发布的贴文数,按发布时间计。",
        ),
        family=Family.MEASUREMENTS,
        columns=("posts",),
        formula=_same,
        dimensions=MEASURED_DIMENSIONS,
    ),
    *(_gained(name) for name in _GAINED),
)

_ALERTS = Metric(
    name="alerts",
    unit="alerts",
    definition=Definition(
        en="Alarms of a crisis that starts, by when it started; of several watches that see one crisis, each counts. "
        "Severity is that at the opening, from 1 to 5.",
        zh="危机预警数,按危机开始时间计;多个监测各自预警时分别计。严重程度为预警开启时的等级(1 至 5)。",
    ),
    family=Family.ALERTS,
    columns=("alerts",),
    formula=_same,
    dimensions=(Dimension.SEVERITY,),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in (*_METRICS, *_MEASURED, _ALERTS)})
"""The catalogue, by name."""
