"""What the edge lets in as JSON is exactly what the reader can read later."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import check_json, parse_json

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_TEXTS = st.builds(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), _VALUES)
_BROKEN = st.builds(
    lambda body, at, more: body[: at % (len(body) + 1)] + more + body[at:],
    _TEXTS,
    st.integers(0, 60),
    st.binary(max_size=3),
)


@given(body=_TEXTS | _BROKEN | st.binary(max_size=40))
@example(body=b'{"a": "\xff"}')
@example(body=b"\xef\xbb\xbf{}")
@example(body=b'"\\ud83d"')
@example(body=b"[" * 5_000)
@example(body=b"[" * 200 + b"]" * 200)
@example(body=b'{"a": NaN}')
def test_what_is_let_in_can_be_read_and_what_is_not_cannot(body: bytes) -> None:
    assert _passes(check_json, body) == _passes(parse_json, body)


def _passes(check: object, body: bytes) -> bool:
    try:
        check(body)  # type: ignore[operator] # one of the two functions above
    except Unreadable:
        return False
    return True
