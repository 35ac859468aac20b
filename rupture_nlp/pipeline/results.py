"""Write predictions that were made elsewhere as a results folder, like that of a labelling run.

There is no report and nothing to take up again: predictions, tables, `run.json`, no words.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.flags import input_flags
from rupture_nlp.pipeline.figures import LabelledSession
from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.result_tables import result_tables
from rupture_nlp.pipeline.session_tables import SEEN_IN_TRAINING
from rupture_nlp.schema import SessionPrediction, Transcript


def write_results(
    out: Path,
    sessions: Iterable[tuple[Transcript, SessionPrediction]],
    source: str,
    record: Mapping[str, object],
    seen: Collection[str] = (),
) -> None:
    """Write the tables, and `record` as `run.json`. Results that were written so are replaced.

    `seen` are ids of sessions that the model had seen in training, `source` names where the
    transcripts lie; `record` must hold a `signature`.

    Raises:
        RunError: the folder holds the results of a labelling run, or cannot be written.
    """
    folder = OutputFolder(out)
    if folder.manifest.exists():
        raise RunError(f"{out}: holds a labelling run. Give another folder, or delete this one.")
    problem = ""
    try:
        # `run.json` is written last: where it is missing the tables are not those of one run.
        folder.run.unlink(missing_ok=True)
        folder.remove_leftovers()
        with result_tables(folder, with_text=False) as tables:
            for transcript, prediction in sessions:
                tables.add(_labelled(transcript, prediction, source, seen))
        write_text(folder.run, json.dumps(record, indent=2) + "\n")
    except OSError as error:
        problem = f"cannot be written ({error.strerror}). Make room or give another folder."
    if problem:
        raise RunError(f"{out}: {problem}")


def _labelled(
    transcript: Transcript, prediction: SessionPrediction, source: str, seen: Collection[str]
) -> LabelledSession:
    was_seen = (SEEN_IN_TRAINING,) if transcript.session_id in seen else ()
    flags = (*input_flags(transcript), *was_seen)
    return LabelledSession(transcript.session_id, source, transcript, prediction, flags)
