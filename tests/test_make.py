"""What the Makefile makes, with the environment that is there: books, a clean checkout, measurements that begin."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LONGEST, REPOSITORY
from tests.pages import BIN, short_example, typed

HERE = f"-o {BIN.parent}/.installed -o {BIN.parent}/.installed-all VENV={BIN.parent}"
"""Options of make for which the environment of this test is an installed one."""

BENCHMARKS = sorted(path.stem for path in (REPOSITORY / "tests" / "benchmarks").glob("bench_*.py"))
BESIDE_THE_REFERENCE = ("exports", "training_cost")

ASK_FOR_HELP = """
import importlib, sys
names, sys.argv = sys.argv[1:], ["benchmark", "--help"]
for name in names:
    try:
        importlib.import_module(f"tests.benchmarks.{name}").main()
    except SystemExit as end:
        assert not end.code, name
    else:
        raise AssertionError(f"{name} has no --help")
"""


def git(*arguments: str, folder: Path) -> str:
    person = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    return subprocess.run(
        ["git", *person, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def recipe(*arguments: str) -> str:
    """What make would run here."""
    command = ["make", "-n", "--no-print-directory", *HERE.split(), *arguments]
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the Makefile, the ignored names and the example, short and spoken by a tone engine."""
    for name in (".gitignore", "Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    example = tmp_path / "projects" / "example-en"
    example.mkdir(parents=True)
    settings = (REPOSITORY / "projects" / "example-en" / "project.yaml").read_text(encoding="utf-8")
    (source,) = re.findall(r"^source: (.+)$", settings, re.M)
    short_example(example / source)
    (example / "project.yaml").write_text(settings + "engine: tests.engines:ToneEngine\n", encoding="utf-8")
    git("init", "--quiet", folder=tmp_path)
    git("add", "--all", folder=tmp_path)
    git("commit", "--quiet", "-m", "As it is handed out", folder=tmp_path)
    return tmp_path


def untracked(folder: Path) -> list[str]:
    return git("ls-files", "--others", "--exclude-standard", folder=folder).splitlines()


def test_make_audiobook_makes_the_example_and_leaves_the_checkout_clean(
    checkout: Path,
) -> None:
    done = typed(f"make {HERE} audiobook", checkout)
    assert list(checkout.glob("projects/example-en/output/*.m4b")), done.stdout + done.stderr
    assert git("status", "--porcelain", folder=checkout) == ""


def test_what_people_write_in_projects_of_their_own_can_be_committed(checkout: Path) -> None:
    mine = checkout / "projects" / "my-book"
    written = ["cast.yaml", "lexicon.txt", "my-book.epub", "project.yaml", "script.jsonl"]
    made = ["ledger.sqlite", "ledger.sqlite-wal", "takes/ab/abc.flac", "output/My Book.m4b", ".duoyin/x.json"]
    for name in written + made:
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        (mine / name).write_text("", encoding="utf-8")
    assert untracked(checkout) == [f"projects/my-book/{name}" for name in written]


def test_make_audiobook_takes_a_book_and_a_place() -> None:
    assert recipe("audiobook", "BOOK=my book.epub", "OUT=my book.m4b").split("bin/", 1)[1] == (
        'duoyin audiobook "my book.epub" --out "my book.m4b"\n'
    )


def test_every_benchmark_begins() -> None:
    """Its imports are there, and it knows its options; all in one process, which loads the engines once."""
    done = subprocess.run(
        [sys.executable, "-c", ASK_FOR_HELP, *BENCHMARKS],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("usage: ") == len(BENCHMARKS)


def test_make_benchmark_runs_those_that_need_no_argument() -> None:
    (files,) = re.findall(r"for file in (.*?);", recipe("benchmark"))
    named = {Path(file).stem for file in files.split()}
    wants_more = ("heard", *BESIDE_THE_REFERENCE)  # a book to hear; the reference's folder
    assert named == {name for name in BENCHMARKS if not name.endswith(wants_more)}


def test_make_benchmark_says_what_those_want_that_compare_with_the_reference() -> None:
    loop = recipe("benchmark").split("for name in ", 1)[1]
    assert loop.startswith(f"{' '.join(BESIDE_THE_REFERENCE)};")
    assert "make benchmark REFERENCE=" in loop
    assert '--reference "/the reference"' in recipe("benchmark", "REFERENCE=/the reference")


def test_the_longest_test_files_are_there() -> None:
    assert [name for name in LONGEST if not (REPOSITORY / name).is_file()] == []
