"""voice/train: recordings → clean set → features → both stages → auditions → a voice.

Each stage goes on from its last saved state, and what was listened to is kept; so a run that is killed at any moment is
simply run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact

from flows.synthesis import step
from tts_core.extras import extra

if TYPE_CHECKING:
    from flows.making.training.making import Trained


@flow(name="voice", flow_run_name="{name}", persist_result=False)
def voice(name: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """Train the voice `name`.

    Args:
        name: of the voice.
        options: what to train it from and how, see `flows.making.training.order.Order`; what is not said is as it was
            the last time.

    Returns:
        What came of it as plain data: voice, model, stages, auditions, `summary`.
    """
    with extra("clone", what="training"):  # here and not above: a deployment is read without torch, too
        from flows.making.training.learners import make
        from flows.making.training.order import order_of
    made = make(order_of(name, options or {}), step=step)
    report(made)
    return made.to_json()


def report(made: Trained) -> None:
    """Leave the figures and the way to the page with the run."""
    create_markdown_artifact(
        key="voice", markdown=f"```\n{made.to_text()}\n```", description="The trained voice"
    )
    create_link_artifact(
        key="voice-page", link=made.page.as_uri(), link_text=made.page.name, description=str(made.page)
    )
