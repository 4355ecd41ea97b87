"""The size and the naming of modules and functions."""

from statistics import quantiles

import pytest

from tests.support.sources import PACKAGES, Source, lines_of, project_files, sources

LONGEST_MODULE = 300
LONGEST_FUNCTION = 60
USUAL_FUNCTION = 25

VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc", "data", "lib"}


def test_modules_fit_in_the_head_of_a_reader() -> None:
    too_long = {one.name: one.text.count("\n") for one in sources() if one.text.count("\n") > LONGEST_MODULE}

    assert not too_long


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = {
        f"{one.name}:{function.name}": lines_of(function)
        for one in sources()
        for function in one.functions()
        if lines_of(function) > LONGEST_FUNCTION
    }

    assert not too_long


def test_nine_functions_in_ten_are_short() -> None:
    lengths = [lines_of(function) for one in sources() for function in one.functions()]

    ninetieth = quantiles(lengths, n=10)[-1]

    assert ninetieth <= USUAL_FUNCTION


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_a_module_is_named_for_what_it_holds(source: Source) -> None:
    package = next(path for path in PACKAGES.values() if source.path.is_relative_to(path))

    words = {part.removesuffix(".py") for part in source.path.relative_to(package).parts}

    assert not words & VAGUE


def test_no_work_is_left_in_comments() -> None:
    marks = [f"{mark}:" for mark in ("TO" + "DO", "FIX" + "ME", "XX" + "X")]

    left = [
        path.name
        for path in project_files()
        if path.suffix in {".py", ".sh", ".yml", ".toml"}
        if any(mark in path.read_text(encoding="utf-8") for mark in marks)
    ]

    assert not left
