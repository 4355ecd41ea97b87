"""Take down what an account publishes and how it does, often while a post is young, and tell what was gained."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from huiying.db.statements import insert_new
from huiying.errors import NotFound
from huiying.events import measurements as told
from huiying.events.measurements import AccountMeasured, PostImported, PostMeasured
from huiying.jobs.job import Done, Job, Outcome
from huiying.outbox.unit import OpenUnit
from ingest.clients.connectors.abilities import AccountFigures, Measures, PostFigures, PostsListed
from ingest.clients.connectors.connector import Access
from ingest.domain.measuring import gained, next_measurement
from ingest.storage.account_book import OpenAccount
from ingest.storage.health_tables import AccountState
from ingest.storage.measurement_tables import AccountMeasure, Post
from ingest.storage.posts import FIGURES, due_posts, store_account_measure
from ingest.storage.tables import Account
from ingest.storage.unit import IngestUnit
from ingest.usecases.access import access_of
from ingest.usecases.ask_platform import Trouble, TroubleKind, ask
from ingest.usecases.note_reconnect import is_changing, note_reconnect
from ingest.usecases.renew_token import AccountJob

MEASURE_ACCOUNT = "measure_account"

_SECONDS = 16.0
# Some platforms tell the figures of one post at a time.
_SECONDS_A_BATCH = 50.0
_MOST_PAGES, _MOST_BATCHES = 20, 10
_BATCH = 50
_LONGEST_ID = 300
_OVERLAP = timedelta(days=1)
_SOON, _LATER = timedelta(minutes=5), timedelta(hours=6)


class MeasureAccount:
    """The job that takes down one account's posts and figures, each answer in a transaction of its own."""

    def __init__(self, open_unit: OpenUnit[IngestUnit]) -> None:
        self._open_unit = open_unit

    async def __call__(self, job: Job) -> Outcome[IngestUnit]:
        account_id = job.read(AccountJob).account_id
        async with self._open_unit() as unit:
            tools, now = unit.tools, unit.clock.now()
            last = await unit.session.get(AccountMeasure, account_id)
        try:
            account = await tools.accounts.by_id(account_id)
        except NotFound:
            return Done()
        connector = tools.connectors.get(account.platform)
        if not isinstance(connector, Measures):
            return Done()
        access = access_of(account, tools.client)
        since = last.measured_at - _OVERLAP if last is not None else now - tools.settings.post_measured_for
        trouble = await self._import(connector, account, access, since=since)
        trouble = trouble or await self._measure_posts(connector, account, access)
        if trouble is None and (last is None or now - last.measured_at >= tools.settings.account_measured_every):
            trouble = await self._measure_account(connector, account, access)
        async with self._open_unit() as unit:
            await _end(unit, account_id, trouble)
        return Done()

    async def _import(
        self, connector: Measures, account: OpenAccount, access: Access, *, since: datetime
    ) -> Trouble | None:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await ask(connector.list_posts(since=since, cursor=cursor, access=access), timeout_seconds=_SECONDS)
            if isinstance(page, Trouble):
                return page
            async with self._open_unit() as unit:
                await _import_page(unit, account, page)
            if page.cursor is None or page.cursor == cursor:
                return None
            cursor = page.cursor
        return None

    async def _measure_posts(self, connector: Measures, account: OpenAccount, access: Access) -> Trouble | None:
        for _ in range(_MOST_BATCHES):
            async with self._open_unit() as unit:
                due = await due_posts(unit.session, account.ref.id, now=unit.clock.now(), limit=_BATCH)
                ids = [post.post_id for post in due]
            if not ids:
                return None
            figures = await ask(connector.measure_posts(ids, access=access), timeout_seconds=_SECONDS_A_BATCH)
            if isinstance(figures, Trouble):
                return figures
            async with self._open_unit() as unit:
                await _take_figures(unit, account, ids, figures)
        return None

    async def _measure_account(self, connector: Measures, account: OpenAccount, access: Access) -> Trouble | None:
        figures = await ask(connector.measure_account(access=access), timeout_seconds=_SECONDS)
        if isinstance(figures, Trouble):
            return figures
        async with self._open_unit() as unit:
            await _take_account_figures(unit, account, figures)
        return None


async def _import_page(unit: IngestUnit, account: OpenAccount, page: PostsListed) -> None:
    """Remember the posts that are new, tell of them, and have them measured at once."""
    now = unit.clock.now()
    listed = {post.id: post for post in page.posts if len(post.id) <= _LONGEST_ID}
    rows = [
        {
            "account_id": account.ref.id,
            "post_id": post.id,
            "brand": account.ref.brand,
            "platform": account.platform,
            "url": post.url,
            "published_at": post.published_at or now,
            "imported_at": now,
            "measure_due_at": now,
        }
        for post in listed.values()
    ]
    new = await insert_new(unit.session, Post, rows, key="post_id")
    for row in rows:
        post = listed[str(row["post_id"])]
        if post.id in new:
            unit.tell(
                PostImported(
                    account_id=account.ref.id,
                    platform=account.platform,
                    brand=account.ref.brand,
                    post_id=post.id,
                    url=post.url,
                    text=post.text,
                    published_at=post.published_at or now,
                    imported_at=now,
                )
            )


async def _take_figures(
    unit: IngestUnit, account: OpenAccount, asked: Sequence[str], figures: Sequence[PostFigures]
) -> None:
    """Keep what the platform counted, and tell what was gained since it was asked before."""
    now, found = unit.clock.now(), {one.post_id: one for one in figures}
    connected = await unit.session.get(Account, account.ref.id)
    for post_id in asked:
        post = await unit.session.get(Post, (account.ref.id, post_id), with_for_update=True)
        if post is None or connected is None:
            continue
        unit.session.add(post)
        if post_id not in found:
            # Some platforms begin to count a day late; what was counted once and is no longer, is gone.
            post.measure_due_at = _next(unit, post) if post.measured_at is None else None
            continue
        is_new = post.measured_at is None and post.published_at >= connected.created_at
        _tell(unit, post, found[post_id], is_new=is_new)
        for name in FIGURES:
            value = getattr(found[post_id], name)
            # What is not said this time keeps its last figure, or all of it would be gained the next time.
            setattr(post, name, getattr(post, name) if value is None else value)
        post.measured_at = now
        post.measure_due_at = _next(unit, post)


def _tell(unit: IngestUnit, post: Post, figures: PostFigures, *, is_new: bool) -> None:
    now_shown = {name: getattr(figures, name) for name in FIGURES}
    added = {
        name: gained(getattr(post, name), value, is_counted_from_start=is_new) for name, value in now_shown.items()
    }
    unit.tell(
        PostMeasured(
            account_id=post.account_id,
            platform=post.platform,
            brand=post.brand,
            post_id=post.post_id,
            figures=told.PostFigures(**now_shown),
            gained=told.PostFigures(**added),
            measured_at=unit.clock.now(),
        )
    )


def _next(unit: IngestUnit, post: Post) -> datetime | None:
    settings = unit.tools.settings
    return next_measurement(
        post.published_at,
        unit.clock.now(),
        share=settings.post_measure_age_ratio,
        shortest=settings.post_measure_shortest,
        longest=settings.post_measure_longest,
        until=settings.post_measured_for,
    )


async def _take_account_figures(unit: IngestUnit, account: OpenAccount, figures: AccountFigures) -> None:
    last, now = await unit.session.get(AccountMeasure, account.ref.id), unit.clock.now()
    before = last.followers if last is not None else None
    followers = figures.followers
    unit.tell(
        AccountMeasured(
            account_id=account.ref.id,
            platform=account.platform,
            brand=account.ref.brand,
            followers=followers,
            following=figures.following,
            posts=figures.posts,
            followers_gained=None if followers is None else followers - (before or 0),
            measured_at=now,
        )
    )
    row = {
        "account_id": account.ref.id,
        "measured_at": now,
        "followers": before if followers is None else followers,
        "following": figures.following,
        "posts": figures.posts,
    }
    await store_account_measure(unit.session, row)


async def _end(unit: IngestUnit, account_id: str, trouble: Trouble | None) -> None:
    """When to look again: soon, or later if the platform has refused."""
    state = await unit.session.get(AccountState, account_id, with_for_update=True)
    if state is None:
        return
    pause, state.measure_error = unit.tools.settings.post_measure_shortest, None
    if trouble is not None:
        is_changing_token = trouble.kind is TroubleKind.RECONNECT and await is_changing(unit, account_id)
        is_final = trouble.kind in {TroubleKind.REFUSED, TroubleKind.RECONNECT} and not is_changing_token
        pause = max(_LATER if is_final else _SOON, timedelta(seconds=trouble.retry_after_seconds))
        state.measure_error = trouble.detail if trouble.kind is TroubleKind.REFUSED else None
    state.measure_due_at = unit.clock.now() + pause
    unit.session.add(state)
    if trouble is not None and trouble.kind is TroubleKind.RECONNECT:
        await unit.session.flush()
        await note_reconnect(unit, account_id=account_id, detail=trouble.detail)
