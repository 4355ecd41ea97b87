"""Changing a shared object only as it was read."""

import pytest

from huiying.errors import PreconditionFailed, PreconditionRequired
from huiying.http.etag import check_match, etag


@pytest.mark.parametrize("if_match", [etag(3), "*", '"2", "3"', '"3","9"'])
def test_who_names_the_present_version_may_change_it(if_match: str) -> None:
    check_match(if_match, version=3)


@pytest.mark.parametrize("if_match", ['"2"', 'W/"3"', "3", "", '"33"', '"2, 3"'])
def test_who_names_another_version_may_not(if_match: str) -> None:
    with pytest.raises(PreconditionFailed):
        check_match(if_match, version=3)


def test_who_names_none_is_asked_for_one() -> None:
    with pytest.raises(PreconditionRequired):
        check_match(None, version=3)
