"""How an author speaks: in private, in a tree of comments, on one platform or another."""

from collections.abc import Callable

from simulator.delivery import Delivery
from simulator.facade import Simulator
from simulator.people import Person, Post

Voice = Callable[[str], Delivery]
"""Makes what the platform delivers when the author says this text."""

_TREE_SIZE = 20
_POST = Post(number=9_001, title="Chaos")


def voice_of(sim: Simulator, *, author: int) -> Voice:
    """Of ten authors four write privately and four publicly by the generic source, one on Facebook, one on WeChat."""
    person = Person(number=1_000_000 + author, name=f"author {author}")
    match author % 10:
        case 8:
            return _in_trees(lambda text, root: sim.facebook.comment(text, author=person, post=_POST, parent_id=root))
        case 9:
            return lambda text: sim.wechat_oa.text(text, author=person)
        case place if place % 2:
            return _in_trees(lambda text, root: sim.generic.comment(text, author=person, post=_POST, parent_id=root))
        case _:
            return lambda text: sim.generic.message(text, author=person)


def _in_trees(comment: Callable[[str, str | None], Delivery]) -> Voice:
    """Every so many comments a new root, and the others below it: each tree is one thread."""
    root: str | None = None
    count = 0

    def speak(text: str) -> Delivery:
        nonlocal root, count
        if count % _TREE_SIZE == 0:
            root = None
        delivery = comment(text, root)
        root = root or delivery.object_id
        count += 1
        return delivery

    return speak
