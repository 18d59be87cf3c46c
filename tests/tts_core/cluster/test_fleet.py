"""What a process keeps of the fleet it is in, without one."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from normalizers import DuoyinError


@pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'duoyin[cluster]'")
def test_a_process_that_is_in_one_fleet_does_not_take_it_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from tts_core.cluster.fleet import Connection

    here = Connection("10.0.0.1:6379", "head:6379")
    monkeypatch.setattr(Connection, "_open", here)
    assert Connection.open("head:6379") is Connection.open("10.0.0.1:6379") is here
    with pytest.raises(DuoyinError, match=r"the fleet at 10\.0\.0\.1:6379 already") as caught:
        Connection.open("10.0.0.2:6379")
    assert caught.value.where == "10.0.0.2:6379"
