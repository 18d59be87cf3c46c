"""What is not installed is said in words, with what to type."""

from __future__ import annotations

import importlib

import pytest

from normalizers import DuoyinError
from tts_core.extras import extra


def test_a_missing_package_is_an_error_that_names_its_extra_and_another_way() -> None:
    with (
        pytest.raises(DuoyinError) as caught,
        extra("clone", what="taking voices out", where="bed: separate", otherwise="use bed: duck."),
    ):
        importlib.import_module("no_such_package.part")
    error = caught.value
    assert error.message == "taking voices out needs the package no_such_package, which is not installed"
    assert (error.where, error.hint) == ("bed: separate", "pip install 'duoyin[clone]', or use bed: duck.")


def test_another_failure_of_an_import_is_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), extra("clone"):
        _ = 1 / 0
