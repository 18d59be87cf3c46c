"""What people decided, read once a run: cast files, speakers changed in the script, pronunciations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.casting import Casting, Corrections, LineCorrection, castfile
from flows.casting.castfile import CastFile
from flows.script.file import SPOKEN_KINDS, speaker_edits
from flows.workspace.project import Project
from normalizers import DuoyinError, Lexicon


@dataclass(frozen=True, slots=True)
class Decisions:
    """What stands in the files of people when a run begins; what is edited later counts for the next run.

    Args:
        own, series: the cast of the project and of its series; empty where there is none.
        edits: speakers that were changed in the script.
        lexicon: the project's pronunciations with the series' behind them.
    """

    own: CastFile
    series: CastFile
    edits: tuple[LineCorrection, ...]
    lexicon: Lexicon

    def corrections(self) -> Corrections:
        """For casting: the project's cast file outweighs the series'; the lines of both ways to correct them count."""
        own, series = self.own.corrections(), self.series.corrections()
        return Corrections(
            names={**series.names, **own.names},
            genders={**series.genders, **own.genders},
            ages={**series.ages, **own.ages},
            lines=(*own.lines, *self.edits),
        )

    def voices_for(self, casting: Casting) -> dict[str, str]:
        """Voice by character, where a cast file gives one."""
        return {**self.series.voices_for(casting), **self.own.voices_for(casting)}

    @property
    def narrator(self) -> str | None:
        """The narrator's voice, where a cast file gives one."""
        return self.own.narrator or self.series.narrator


def read_decisions(project: Project) -> Decisions:
    """Read them all. Raises `DuoyinError` with file and line for what cannot be understood."""
    series = project.series_cast_file
    return Decisions(
        own=castfile.load(project.cast_file),
        series=castfile.load(series) if series is not None else CastFile(),
        edits=tuple(
            LineCorrection(text, speaker, chapter)
            for chapter, text, speaker in speaker_edits(
                project.script_file, project.script_base_file, SPOKEN_KINDS
            )
        ),
        lexicon=_lexicon(project),
    )


def keep_cast(
    project: Project, decisions: Decisions, casting: Casting, voices: Mapping[str, str] | None
) -> None:
    """Bring cast.yaml up to date, and the series' where voices were chosen; each is written once.

    A speaker changed in the script is written down there, where it holds whatever is generated next: so this
        comes before
    the script is written.

    Args:
        voices: by speaker; None where none were chosen: then a file is not begun without a decision to keep.
    """
    if voices is None and not project.cast_file.exists() and not decisions.edits:
        return
    castfile.save(project.cast_file, casting, voices or {}, decisions.edits)
    series = project.series_cast_file
    if voices is not None and series is not None:
        castfile.save(series, casting, voices)


def _lexicon(project: Project) -> Lexicon:
    if project.lexicon_file.exists():
        lexicon = Lexicon.load(project.lexicon_file)
    elif "lexicon" in project.settings.model_fields_set:  # what somebody named must be there
        raise DuoyinError(
            f"there is no lexicon {project.settings.lexicon}",
            where=str(project.folder),
            hint="Check `lexicon` in project.yaml (a path relative to the project folder).",
        )
    else:
        lexicon = Lexicon.empty()
    shared = project.series_lexicon_file
    return lexicon.with_series(Lexicon.load(shared, "series")) if shared and shared.exists() else lexicon
