"""Where training texts come from, what their labels mean, and under what terms they were published."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Source:
    """A corpus and what it teaches one question.

    `labels` maps the labels in its file to those of the question; None passes a text over. A label of the question
    that no text bears was not open to its labellers. `family`: corpora of one family are near relatives, left out of
    training together. `importance`: how much each of its texts counts. `is_quoted`: other corpora hold excerpts of it.
    """

    name: str
    family: str
    labels: Mapping[str, str | None]
    origin: str
    licence: str
    importance: float = 1.0
    is_quoted: bool = False

    @property
    def is_own(self) -> bool:
        """Written for this project, and in its repository."""
        return self.family == "own"


_THREE = {"neg": "negative", "neu": "neutral", "pos": "positive"}
_TWO = {"neg": "negative", "pos": "positive"}
_EMOTIONS = {
    "happy": "happiness",
    "angry": "anger",
    "sad": "sadness",
    "fear": "fear",
    "surprise": "surprise",
    "neutral": "neutral",
}
_SMP = "none stated; evaluation data of HIT-SCIR"
_NLPCC = "NLPCC terms of use"
_OWN = "short customer comments, emoji and number slang, written and labelled for this project"

CHINESE_SENTIMENT = (
    Source(
        name="zh_smp_usual3",
        family="smp",
        labels=_THREE,
        origin="SMP2020-EWECT, everyday Weibo posts, emotions read as three classes",
        licence=_SMP,
    ),
    Source(
        name="zh_smp_virus3",
        family="smp",
        labels=_THREE,
        origin="SMP2020-EWECT, Weibo posts on Covid",
        licence=_SMP,
    ),
    Source(
        name="zh_nlpcc13_3",
        family="nlpcc13",
        labels=_THREE,
        origin="NLPCC 2013 Weibo emotion, posts",
        licence=_NLPCC,
        is_quoted=True,
    ),
    Source(
        name="zh_nlpcc13train_3",
        family="nlpcc13",
        labels=_THREE,
        origin="NLPCC 2013 Weibo emotion, sentences of the training file",
        licence=_NLPCC,
        # What they call neutral is what others call a feeling: in full measure they cost the SMP corpora a point.
        importance=0.2,
    ),
    Source(
        name="zh_weibo2018",
        family="weibo2018",
        labels=_TWO,
        origin="dengxiuqi/WeiboSentiment, Weibo posts of 2018",
        licence="none stated",
    ),
    Source(
        name="zh_shop10",
        family="shop10",
        labels=_TWO,
        origin="SophonPlus/ChineseNlpCorpus, shopping reviews of ten kinds of goods",
        licence="none stated",
    ),
    Source(
        name="zh_covid_pn",
        family="covid",
        labels=_TWO,
        origin="COVID-19-Weibo-data, Weibo posts",
        licence="none stated",
    ),
    Source(
        name="zh_bdci2018",
        family="bdci2018",
        # Half of what is neutral towards the aspect asked for is plainly pleased or displeased with the car.
        labels={**_TWO, "neu": None},
        origin="CCF BDCI 2018, car forum, clearly pleased or displeased",
        licence="none stated; contest data",
    ),
    Source(
        name="own_zh",
        family="own",
        labels=_THREE,
        origin=_OWN,
        licence="this project's own",
        importance=6.0,
    ),
)
ENGLISH_SENTIMENT = (
    Source(
        name="en_semeval",
        family="semeval",
        labels=_THREE,
        origin="SemEval 2013 to 2016, tweets",
        licence="repository MIT; Twitter terms for the texts",
    ),
    Source(
        name="en_sst2",
        family="sst2",
        labels=_TWO,
        origin="SST-2, phrases of film reviews",
        licence="none stated",
        importance=0.5,
    ),
    Source(
        name="en_emotion",
        family="emotion",
        labels={"joy": "positive", "optimism": "positive", "anger": "negative", "sadness": "negative"},
        origin="TweetEval, emotions in tweets (SemEval 2018)",
        licence="no restrictions by TweetEval; Twitter terms for the texts",
    ),
    Source(
        name="own_en",
        family="own",
        labels=_THREE,
        origin=_OWN,
        licence="this project's own",
        importance=6.0,
    ),
)
CHINESE_EMOTION = (
    Source(
        name="zh_smp_usual6",
        family="smp_usual",
        labels=_EMOTIONS,
        origin="SMP2020-EWECT, everyday Weibo posts",
        licence=_SMP,
    ),
    Source(
        name="zh_smp_virus6",
        family="smp_virus",
        labels=_EMOTIONS,
        origin="SMP2020-EWECT, Weibo posts on Covid",
        licence=_SMP,
    ),
)
CHINESE_ABUSE = (
    Source(
        name="zh_cold",
        family="cold",
        labels={"abuse": "abuse", "ok": "none"},
        origin="thu-coai/COLDataset, comments on race, gender and region",
        licence="Apache-2.0",
    ),
)
ENGLISH_ABUSE = (
    Source(
        name="en_offensive",
        family="offensive",
        labels={"offensive": "abuse", "not-offensive": "none"},
        origin="TweetEval, offensive language in tweets (OLID)",
        licence="no restrictions by TweetEval; Twitter terms for the texts",
    ),
)
ENGLISH_COMPLAINT = (
    Source(
        name="en_complaint",
        family="complaint",
        labels={"complaint": "complaint", "ok": "none"},
        origin="complaints-social-media, tweets to brands",
        licence="none stated; Twitter terms for the texts",
    ),
)
