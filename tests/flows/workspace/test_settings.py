"""Settings: documented defaults, and the options of a run made of them."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from flows.mastering.dub.profiles import DUB_PROFILES
from flows.mastering.dub.sync import SYNC_CLASSES
from flows.workspace.settings import (
    RUN_OPTIONS,
    SETTINGS_FILES,
    DubSettings,
    Settings,
    StrictModel,
    SyncName,
    defaults_text,
    options_model,
)


@pytest.mark.parametrize("model", SETTINGS_FILES)
def test_the_documented_defaults_are_the_defaults(model: type[StrictModel]) -> None:
    documented = YAML(typ="safe").load(defaults_text(model))
    assert model.model_validate(documented) == model()
    assert set(documented) == set(model.model_fields)


def test_the_choices_of_a_dub_are_those_of_the_mastering_room() -> None:
    assert set(get_args(SyncName)) == set(SYNC_CLASSES)
    assert set(get_args(DubSettings.model_fields["profile"].annotation)) == set(DUB_PROFILES)


@pytest.mark.parametrize("product", RUN_OPTIONS)
def test_a_run_option_is_a_setting_with_its_kind_and_choices(product: str) -> None:
    for option in RUN_OPTIONS[product]:
        assert option.name in option.settings.model_fields
        assert option.kind in (str, int, float, bool)
        assert option.help
    assert len({option.name for option in RUN_OPTIONS[product]}) == len(RUN_OPTIONS[product])


def test_the_choices_of_an_option_stand_in_its_help() -> None:
    helps = {option.name: option.help for option in RUN_OPTIONS["audiobook"]}
    assert helps["profile"] == "audiobook, acx, podcast or ebu-r128"
    assert helps["format"].endswith("m4b, mp3, opus or flac")


def test_the_parameters_of_a_flow_are_its_options_and_change_nothing_unless_given() -> None:
    model = options_model("audiobook")
    assert set(model.model_fields) == {option.name for option in RUN_OPTIONS["audiobook"]}
    assert set(model().model_dump().values()) == {None}
    assert model.model_validate({"workers": 2, "single_voice": True}).model_dump(exclude_none=True) == {
        "workers": 2,
        "single_voice": True,
    }
    with pytest.raises(ValidationError):
        model.model_validate({"speed": 1.0})


def test_paths_are_told_apart() -> None:
    paths = {option.name for options in RUN_OPTIONS.values() for option in options if option.is_path}
    assert paths == {"source", "output", "video"}
    models: set[type[StrictModel]] = {Settings, DubSettings}
    assert {option.settings for option in RUN_OPTIONS["dub"]} == models
