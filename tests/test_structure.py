"""The packages as a graph of imports."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


def test_no_module_comes_back_to_itself_by_its_imports() -> None:
    """Imports inside functions count, too: a circle that waits until it is called is one all the same."""
    graph = grimp.build_graph(
        "flows", "tts_core", "normalizers", exclude_type_checking_imports=True, cache_dir=None
    )
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail("a circle of imports: " + " → ".join(reversed(error.args[1])))
