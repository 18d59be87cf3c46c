"""YAML files that people edit: read with line numbers, written so that comments, order and quotes survive.

Everything wrong with such a file is told at one kind of place: `FILE, line N`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from normalizers import DuoyinError

_OF_THE_PARSER: tuple[type[Exception], ...] = (
    YAMLError, ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError
)  # fmt: skip
"""What ruamel.yaml lets out beside its own errors: a version that is none (`%YAML 9.9`), a date that is none, a tag
without a value, brackets without end."""

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape for half of a character beyond the first 65,536; two of them are none for YAML either."""

_A_MAPPING = "a mapping (`name: value`)"

_Node = TypeVar("_Node", CommentedMap, CommentedSeq)


def read_mapping(file: Path) -> CommentedMap:
    """The `name: value` pairs of a file; an empty file has none.

    Raises:
        DuoyinError: with file and line, for what cannot be read, is no YAML or no mapping.
    """
    return _read(file, CommentedMap, _A_MAPPING)


def mapping_of(text: str, file: Path) -> CommentedMap:
    """The pairs of a text that is to become a file. Raises as `read_mapping`."""
    return _parsed(text, file, CommentedMap, _A_MAPPING)


def read_list(file: Path) -> CommentedSeq:
    """The entries (`- …`) of a file; an empty file has none. Raises as `read_mapping`."""
    return _read(file, CommentedSeq, "a list (`- …`)")


def to_text(document: Any) -> str:
    """A document as YAML. What `read_mapping` or `read_list` gave keeps its comments, order and quotes."""
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def place(file: Path, node: CommentedMap | CommentedSeq | None = None, key: Any = None) -> str:
    """`FILE, line N` of a node, or of a key of it (an index of a list); the file alone where neither has a line."""
    line = line_of(node, key)
    return f"{file}, line {line}" if line is not None else str(file)


def line_of(node: CommentedMap | CommentedSeq | None, key: Any = None) -> int | None:
    """The line (from 1) where a node begins, or a key of it; None for what was not read from a file."""
    if node is None or node.lc.line is None:
        return None
    try:
        return int(node.lc.line if key is None else node.lc.key(key)[0]) + 1
    except (KeyError, TypeError):  # put in since the file was read
        return None


def _texts(node: Any) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for part in [*node, *(node.values() if isinstance(node, dict) else ())]:
            yield from _texts(part)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    return yaml


def _read(file: Path, kind: type[_Node], shape: str) -> _Node:
    return _parsed(text_of(file), file, kind, shape)


def text_of(file: Path) -> str:
    """The text of a file. Raises `DuoyinError`: it cannot be read, or is no UTF-8."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DuoyinError("this is not UTF-8 text", where=str(file), hint="Save it as UTF-8.") from error
    except OSError as error:
        raise DuoyinError(
            f"cannot be read ({error.strerror or error})",
            where=str(file),
            hint="Check the file and its folder.",
        ) from error


def _parsed(text: str, file: Path, kind: type[_Node], shape: str) -> _Node:
    try:
        document = _yaml().load(text)
        if _HALF.search(text):
            "".join(_texts(document)).encode()  # what is read here is written elsewhere
    except UnicodeEncodeError as error:
        raise DuoyinError(
            "half a character stands here (\\ud800 to \\udfff)",
            where=str(file),
            hint="Write it as it is shown.",
        ) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if error.context_mark and "could not find expected ':'" in (error.problem or ""):
            mark = error.context_mark  # `voice:bf_emma` is noticed only where the next line ends
        raise DuoyinError(
            f"this is not YAML: {error.problem or error.context}",
            where=f"{file}, line {mark.line + 1}" if mark else str(file),
            hint="Mend that line: mind the indentation, and put a name with a colon in quotes.",
        ) from error
    except _OF_THE_PARSER as error:
        raise DuoyinError("this is not YAML", where=str(file), hint="Mind the indentation.") from error
    if document is None:
        return kind()
    if not isinstance(document, kind):
        raise DuoyinError(
            f"this YAML is not {shape}",
            where=f"{file}, line 1",
            hint="Write it so, or delete the file: what is needed of it is written anew.",
        )
    return document
