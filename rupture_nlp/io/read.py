"""Read transcripts of every format into one form.

The same session written as text, table, JSON Lines, subtitles or DOCX gives the same speakers and
words; white space and control characters in a turn become single spaces. Turns keep their order.
The session id is the file name without its suffix unless a table or JSON Lines file gives it, the
utterance ids count from 0 unless the file gives them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rupture_nlp.errors import TranscriptError
from rupture_nlp.io.formats import parse_turns
from rupture_nlp.io.roles import RoleMap, built_in_role, resolve_roles, unknown_speakers
from rupture_nlp.io.settings import DEFAULT_SETTINGS, ReadSettings
from rupture_nlp.io.turns import RawTurn, name_key
from rupture_nlp.schema import Speaker, Transcript, Utterance

Roles = RoleMap | Mapping[str, str] | None
"""A role map, a plain `{"Dr Smith": "therapist"}`, or nothing but the built-in tags."""


def read_transcripts(
    path: Path | str, roles: Roles = None, settings: ReadSettings = DEFAULT_SETTINGS
) -> tuple[Transcript, ...]:
    """Read all sessions of a file, in order of first appearance; at least one.

    Raises:
        TranscriptError: the file cannot be read; the message says where and why in one line.
        SpeakerRoleError: speakers without a known role.
        ValueError: `roles` is a plain mapping with a role that is none.
    """
    path = Path(path)
    if not isinstance(roles, RoleMap):
        roles = RoleMap.of_names(roles or {})
    mapped = roles.for_file(path)
    turns = parse_turns(
        path,
        lambda name: name_key(name) in mapped or built_in_role(name) is not None,
        settings,
    )
    found = resolve_roles(turns, mapped)
    unknown = unknown_speakers(path, turns, found)
    if unknown is not None:
        raise unknown
    sessions: dict[str, list[RawTurn]] = {}
    for turn in turns:
        sessions.setdefault(turn.session_id or path.stem, []).append(turn)
    return tuple(
        _transcript(path, session_id, session, found) for session_id, session in sessions.items()
    )


def read_transcript(
    path: Path | str, roles: Roles = None, settings: ReadSettings = DEFAULT_SETTINGS
) -> Transcript:
    """Read a file that holds one session.

    Raises:
        TranscriptError: as `read_transcripts`, and where the file holds several sessions.
        SpeakerRoleError: speakers without a known role.
    """
    transcripts = read_transcripts(path, roles, settings)
    if len(transcripts) > 1:
        problem = f"the file holds {len(transcripts)} sessions, not one"
        raise TranscriptError(Path(path), 0, problem, "Use read_transcripts.")
    return transcripts[0]


def _transcript(
    path: Path, session_id: str, turns: Sequence[RawTurn], roles: Mapping[str, Speaker]
) -> Transcript:
    seen: dict[str, int] = {}
    utterances = []
    for position, turn in enumerate(turns):
        utterance_id = str(position) if turn.utterance_id is None else turn.utterance_id
        if utterance_id in seen:
            problem = f"the utterance_id of line {seen[utterance_id]} again, in the same session"
            raise TranscriptError(path, turn.line, problem, "Give every utterance its own.")
        seen[utterance_id] = turn.line
        utterances.append(
            Utterance(
                utterance_id,
                roles[name_key(turn.name)],
                turn.text,
                turn.start_s,
                turn.end_s,
                turn.source_first,
                turn.source_last,
            )
        )
    return Transcript(session_id, tuple(utterances))
