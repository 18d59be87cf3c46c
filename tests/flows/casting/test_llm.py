"""The optional language model: asked little, believed only where its answer is plain, and silent about keys."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.casting import Casting, cast_book, decide, gather
from flows.casting.llm import Endpoint, ask
from normalizers import DuoyinError

KEY = "sk-do-not-show-me"
STORY = [
    [
        "Ada and Tom stood at the gate with Ruth.",
        "“Is it late?”",
        "“Past nine.”",
        "“Then in,” said Ada.",
        "“Go,” said Ruth.",
        "“So be it,” said Tom.",
    ]
]


class Fake:
    """A local endpoint that answers with what `reply` makes of a question."""

    def __init__(self, reply: Callable[[str], str]) -> None:
        self.questions: list[dict[str, object]] = []
        self.keys: list[str | None] = []
        self.status = 200
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.questions.append(body)
                fake.keys.append(self.headers.get("Authorization"))
                content = reply(body["messages"][1]["content"])
                raw = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
                self.send_response(fake.status)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.endpoint = Endpoint(
            f"http://127.0.0.1:{self.server.server_port}/v1", "tiny", KEY, timeout_seconds=5, margin=1.01
        )


@pytest.fixture
def fakes() -> Iterator[Callable[[Callable[[str], str]], Fake]]:
    made: list[Fake] = []

    def make(reply: Callable[[str], str]) -> Fake:
        made.append(Fake(reply))
        return made[-1]

    yield make
    for fake in made:
        fake.server.shutdown()
        fake.server.server_close()


@pytest.fixture
def casting() -> Casting:
    return cast_book(STORY, "en")


Maker = Callable[[Callable[[str], str]], Fake]


def test_answers_are_labels_that_the_chain_then_holds(fakes: Maker, casting: Casting) -> None:
    fake = fakes(lambda _: 'Sure: {"1": "Tom", "2": "Ada"}')
    answers = ask(STORY, casting, fake.endpoint)
    again = cast_book(STORY, "en", answers=answers.labels)
    assert [s.speaker for _, _, s in again.dialogue()][:2] == ["Tom", "Ada"]
    assert fake.keys == [f"Bearer {KEY}"]


def test_a_book_gathered_once_is_decided_again_with_the_answers_and_without() -> None:
    gathered = gather(STORY, "en")
    answers = {(0, 1, 0): "Tom", (0, 2, 0): "Ada", (0, 5, 0): "Nobody Known"}
    first = decide(gathered)
    assert decide(gathered, answers) == cast_book(STORY, "en", answers=answers) != first
    assert decide(gathered) == first == cast_book(STORY, "en")


def test_names_outside_the_cast_and_numbers_not_asked_are_dropped(fakes: Maker, casting: Casting) -> None:
    fake = fakes(lambda _: '{"1": "Napoleon", "2": 7, "99": "Tom", "3": ""}')
    answers = ask(STORY, casting, fake.endpoint)
    assert answers.labels == {} and answers.dropped == answers.asked > 0


@pytest.mark.parametrize(
    "reply", ["I cannot tell.", "{broken", "[1, 2]", "", '{"1": "Tom", "1": "Ada"}', "{}"]
)
def test_doubtful_answers_leave_the_rules_alone(fakes: Maker, casting: Casting, reply: str) -> None:
    assert ask(STORY, casting, fakes(lambda _: reply).endpoint).labels == {}


def test_sure_lines_are_not_asked_about_and_nothing_is_asked_below_the_margin(
    fakes: Maker, casting: Casting
) -> None:
    fake = fakes(lambda _: "{}")
    sure = Endpoint(fake.endpoint.url, "tiny", margin=0.0)
    assert ask(STORY, casting, sure).asked == 0 and fake.questions == []


def test_an_answer_is_asked_for_once(fakes: Maker, casting: Casting, tmp_path: Path) -> None:
    fake = fakes(lambda _: '{"1": "Tom"}')
    first = ask(STORY, casting, fake.endpoint, tmp_path)
    second = ask(STORY, casting, fake.endpoint, tmp_path)
    assert first.labels == second.labels and len(fake.questions) == 1
    assert KEY not in "".join(p.read_text("utf-8") for p in tmp_path.iterdir())


def test_a_slow_or_failing_endpoint_costs_little_and_says_so_without_the_key(
    fakes: Maker, casting: Casting
) -> None:
    def slow(_: str) -> str:
        time.sleep(1.0)
        return "{}"

    fake = fakes(slow)
    answers = ask(STORY, casting, Endpoint(fake.endpoint.url, "tiny", KEY, timeout_seconds=0.2, margin=1.01))
    assert answers.labels == {} and answers.notes
    fake.status = 500
    failed = ask(
        STORY,
        casting,
        fakes(lambda _: "{}").endpoint.__class__(f"http://{KEY}@127.0.0.1:9/v1", "tiny", KEY, 0.5, 1.01),
    )
    assert failed.labels == {} and failed.notes
    assert KEY not in repr(fake.endpoint) and KEY not in "".join(answers.notes + failed.notes)


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(DuoyinError, match="http"):
        Endpoint("file:///etc/passwd", "tiny")
