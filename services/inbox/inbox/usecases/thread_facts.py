"""What every fact about a thread has in common."""

from inbox.domain.thread import Thread


def fact_fields(thread: Thread) -> dict[str, str]:
    """The fields that say which thread it is."""
    return {
        "thread_id": thread.id,
        "brand": thread.brand,
        "platform": thread.platform,
        "kind": thread.kind.value,
        "account_id": thread.account_id,
    }
