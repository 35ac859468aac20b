"""What is finished and what is not: predictions kept under the hash of all they depend on."""

from collections.abc import Iterator, Sequence

from rupture_nlp.errors import RuptureNlpError
from rupture_nlp.pipeline.folder import OutputFolder
from rupture_nlp.pipeline.inputs import InputSession, Reading, read_again
from rupture_nlp.pipeline.manifest import Entry, Manifest, mapping_hash, work_key
from rupture_nlp.pipeline.parts import FORMAT, PartStore, decode_prediction, encode_prediction
from rupture_nlp.pipeline.protocol import Failure, SessionLabeller
from rupture_nlp.pipeline.settings import LabelSettings
from rupture_nlp.privacy import describe_crash
from rupture_nlp.schema import SessionPrediction, Transcript


class Work:
    """The predictions of one labeller in one output folder.

    `threads`, `with_text` and the report's settings change no prediction and are not in the key.
    """

    def __init__(
        self, folder: OutputFolder, labeller: SessionLabeller, settings: LabelSettings
    ) -> None:
        self._labeller = labeller
        self._manifest = Manifest(folder.manifest)
        self._parts = PartStore(folder.parts)
        self._parts.remove_leftovers()
        self._model = mapping_hash(labeller.signature.as_dict())
        self._settings = mapping_hash({"format": FORMAT, "prevalence": settings.prevalence})

    def is_finished(self, content: str) -> bool:
        """True where the part is there, whole and as it was written."""
        entry = self._manifest.get(self._key(content))
        return entry is not None and self._parts.read(entry) is not None

    def predict(self, transcript: Transcript) -> bytes:
        """Label a session: the bytes of its part.

        Raises:
            Exception: whatever the labeller raises; its message may quote the transcript.
        """
        return encode_prediction(self._labeller.predict(transcript), transcript)

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
        return decode_prediction(content, transcript, session.session_id, self._labeller.name)

    def _key(self, content: str) -> str:
        return work_key(content, self._model, self._settings)


def label_missing(
    work: Work, sessions: Sequence[InputSession], reading: Reading
) -> Iterator[tuple[InputSession, Failure | None]]:
    """Label these sessions one by one; a session with the content of an earlier one is done.

    Raises:
        OSError: the output folder cannot be written. A labeller's own errors come as failures.
    """
    done: set[str] = set()
    for session, found in read_again(sessions, reading):
        if isinstance(found, Failure) or session.content in done:
            yield session, found if isinstance(found, Failure) else None
            continue
        part = _predict(work, session, found)
        if isinstance(part, Failure):
            yield session, part
            continue
        work.keep(session, part)
        done.add(session.content)
        yield session, None


def _predict(work: Work, session: InputSession, transcript: Transcript) -> bytes | Failure:
    try:
        return work.predict(transcript)
    except RuptureNlpError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  # one odd session must not stop the others
        problem = f"internal error ({describe_crash(error)})"
    return session_failure(session, problem)


def session_failure(session: InputSession, problem: str) -> Failure:
    """A failure of one session, told by its place in the file: its id may be a name."""
    where = f"{session.file}, session {session.position + 1}"
    return Failure(session.file, f"{where}: {problem}")
