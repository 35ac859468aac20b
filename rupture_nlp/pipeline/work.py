"""What is finished and what is not: predictions kept under the hash of all they depend on."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.groups import label_in_groups
from rupture_nlp.pipeline.inputs import InputSession, Reading, read_again
from rupture_nlp.pipeline.manifest import Entry, Manifest, mapping_hash, work_key
from rupture_nlp.pipeline.parts import FORMAT, PartStore, decode_prediction
from rupture_nlp.pipeline.protocol import Failure, SessionLabeller
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.schema import SessionPrediction, Transcript


class Work:
    """The predictions of one labeller in one output folder.

    `threads`, `with_text` and the report's settings change no prediction and are not in the key.
    """

    def __init__(
        self, folder: OutputFolder, labeller: SessionLabeller, settings: LabelSettings
    ) -> None:
        self.labeller = labeller
        self._manifest = Manifest(folder.manifest)
        self._parts = PartStore(folder.parts)
        self._parts.remove_leftovers()
        self._model = mapping_hash(labeller.signature.as_dict())
        self._settings = mapping_hash({"format": FORMAT, "prevalence": settings.prevalence})

    def is_finished(self, content: str) -> bool:
        """True where the part is there, whole and as it was written."""
        entry = self._manifest.get(self._key(content))
        return entry is not None and self._parts.read(entry) is not None

    def keep(self, session: InputSession, part: bytes) -> None:
        """Write a part and then its line in the manifest.

        Raises:
            OSError: the output folder cannot be written.
        """
        key = self._key(session.content)
        self._manifest.append(
            Entry(
                key=key,
                content=session.content,
                model=self._model,
                settings=self._settings,
                part=self._parts.write(key, part),
                utterances=session.utterances,
            )
        )

    def prediction(self, session: InputSession, transcript: Transcript) -> SessionPrediction | None:
        """The kept prediction under the session's id of this run; None where it was damaged."""
        entry = self._manifest.get(self._key(session.content))
        content = None if entry is None else self._parts.read(entry)
        if content is None:
            return None
        return decode_prediction(content, transcript, session.session_id, self.labeller.name)

    def _key(self, content: str) -> str:
        return work_key(content, self._model, self._settings)


def label_missing(
    work: Work, sessions: Sequence[InputSession], reading: Reading
) -> Iterator[tuple[InputSession, Failure | None]]:
    """Label and keep these sessions. One with the content of an earlier one comes after it.

    Raises:
        OSError: the output folder cannot be written. A labeller's own errors come as failures.
    """
    waiting = list(sessions)
    while waiting:
        now = list({session.content: session for session in reversed(waiting)}.values())[::-1]
        taken = set(now)
        with closing(label_in_groups(work.labeller, read_again(now, reading))) as made:
            for session, part in made:
                if not isinstance(part, Failure):
                    work.keep(session, part)
                yield session, part if isinstance(part, Failure) else None
        left, waiting = [session for session in waiting if session not in taken], []
        for session in left:
            if work.is_finished(session.content):
                yield session, None
            else:
                waiting.append(session)
