"""Which corpora teach which table, where they come from, and under what terms."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a corpus comes from and what it may teach.

    `binary`: nobody labelled neutral in it, so a text that is not negative is not thereby positive, and the neutral
    class is left out of its loss. `family`: corpora of one family are near relatives, left out of training together.
    `importance`: how much each of its texts counts.
    """

    name: str
    family: str
    origin: str
    licence: str
    binary: bool = False
    importance: float = 1.0


SOURCES: dict[str, tuple[Source, ...]] = {
    "zh": (
        Source(
            name="zh_smp_usual3",
            family="smp",
            origin="SMP2020-EWECT, everyday Weibo posts, emotions read as three classes",
            licence="none stated; evaluation data of HIT-SCIR",
        ),
        Source(
            name="zh_smp_virus3",
            family="smp",
            origin="SMP2020-EWECT, Weibo posts on Covid",
            licence="none stated; evaluation data of HIT-SCIR",
        ),
        Source(
            name="zh_nlpcc13_3",
            family="nlpcc13",
            origin="NLPCC 2013 Weibo emotion, posts",
            licence="NLPCC terms of use",
        ),
        Source(
            name="zh_nlpcc13train_3",
            family="nlpcc13",
            origin="NLPCC 2013 Weibo emotion, sentences of the training file",
            licence="NLPCC terms of use",
        ),
        Source(
            name="zh_weibo2018",
            family="weibo2018",
            origin="dengxiuqi/WeiboSentiment, Weibo posts of 2018",
            licence="none stated",
            binary=True,
        ),
        Source(
            name="zh_shop10",
            family="shop10",
            origin="SophonPlus/ChineseNlpCorpus, shopping reviews of ten kinds of goods",
            licence="none stated",
            binary=True,
        ),
        Source(
            name="zh_covid_pn",
            family="covid",
            origin="COVID-19-Weibo-data, Weibo posts",
            licence="none stated",
            binary=True,
        ),
    ),
    "en": (
        Source(
            name="en_semeval",
            family="semeval",
            origin="SemEval 2013 to 2016, tweets",
            licence="repository MIT; Twitter terms for the texts",
        ),
        Source(
            name="en_sst2", family="sst2", origin="SST-2, phrases of film reviews", licence="none stated", binary=True
        ),
    ),
}

OWN_EXAMPLES = Source(
    name="own_examples",
    family="own",
    origin="short customer comments, emoji and number slang, written and labelled for this project",
    licence="this project's own",
    importance=3.0,
)
