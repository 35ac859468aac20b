"""The tables `episodes` and `sessions`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rupture_nlp.codebook import load_codebook
from rupture_nlp.pipeline.columns import Cell, Column, Kind, Table, joined
from rupture_nlp.pipeline.figures import (
    LabelledSession,
    SpeakerFigures,
    duration_s,
    speaker_figures,
)
from rupture_nlp.repair import PROGRESSIONS, main_pathway
from rupture_nlp.schema import (
    RUPTURES,
    Episode,
    Family,
    PredictedEpisode,
    Ratings,
    RepairPath,
    Speaker,
)

SEEN_IN_TRAINING = "seen_in_training"


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One episode of one session."""

    session: LabelledSession
    found: PredictedEpisode


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session, its figures counted once."""

    session: LabelledSession
    patient: SpeakerFigures
    therapist: SpeakerFigures


def _episode_rows(session: LabelledSession) -> Iterator[EpisodeRow]:
    for found in session.prediction.episodes:
        yield EpisodeRow(session, found)


def _session_rows(session: LabelledSession) -> Iterator[SessionRow]:
    yield SessionRow(
        session,
        patient=speaker_figures(session, Speaker.PATIENT),
        therapist=speaker_figures(session, Speaker.THERAPIST),
    )


def _episode(value: Callable[[Episode], Cell]) -> Callable[[EpisodeRow], Cell]:
    return lambda row: value(row.found.episode)


def _path(value: Callable[[RepairPath], Cell]) -> Callable[[EpisodeRow], Cell]:
    return lambda row: None if row.found.path is None else value(row.found.path)


def _progression(family: Family, value: Callable[[RepairPath], Cell]) -> Column[EpisodeRow]:
    names = ", ".join(name for name, _ in PROGRESSIONS[family])
    meaning = (
        f"how far the patient came, from the {family} on: {names}; empty where the patient did not "
        f"rupture by {family}"
    )
    return Column(f"progression_{family}", Kind.TEXT, meaning, _path(value))


def _share(pathway: str) -> Column[EpisodeRow]:
    def value(path: RepairPath) -> float | None:
        return dict(path.pathways).get(pathway, 0.0) if path.pathways else None

    meaning = f"share of the strategies that are {pathway}; empty without a strategy"
    return Column(f"share_{pathway.replace('-', '_')}", Kind.NUMBER, meaning, _path(value))


def _path_columns() -> Iterator[Column[EpisodeRow]]:
    yield Column(
        "stages",
        Kind.TEXT,
        "stages of the resolution model in the order taken: 1 attending to the strain, 2 exploring "
        "it, 3 exploring the avoidance, 4 asserting the wish or need; shifts back enter none; "
        "which strategy and process stands for which stage is this project's own reading",
        _path(lambda path: joined(path.stages)),
    )
    yield Column(
        "furthest_stage",
        Kind.INTEGER,
        "the highest of `stages`, 0 for none",
        _path(lambda path: path.furthest),
    )
    yield _progression(Family.WITHDRAWAL, lambda path: path.withdrawal)
    yield _progression(Family.CONFRONTATION, lambda path: path.confrontation)
    yield Column(
        "shifts_back",
        Kind.INTEGER,
        "turns in which the patient backs off from the rupture (process `avoids`)",
        _path(lambda path: path.shifts_back),
    )
    yield Column(
        "pathway",
        Kind.TEXT,
        f"the therapist's pathway: {', '.join(load_codebook().pathways)}, the one with more than "
        "half of the strategies, or mixed; empty without a strategy",
        _path(main_pathway),
    )
    yield from (_share(pathway) for pathway in load_codebook().pathways)


EPISODES: Table[EpisodeRow] = Table(
    "episodes",
    "One row an episode: a rupture and what follows while the strain is live.",
    (
        Column("session_id", Kind.TEXT, "as in `utterances`", lambda row: row.session.session_id),
        Column("coder", Kind.TEXT, "the model's name", lambda row: row.session.prediction.coder),
        Column("episode_id", Kind.TEXT, "unique in the session", _episode(lambda e: e.episode_id)),
        Column("start", Kind.TEXT, "utterance id of the first turn", _episode(lambda e: e.start)),
        Column(
            "end", Kind.TEXT, "utterance id of the last turn, inclusive", _episode(lambda e: e.end)
        ),
        Column("kind", Kind.TEXT, "withdrawal, confrontation or mixed", _episode(lambda e: e.kind)),
        Column("initiator", Kind.TEXT, "patient or therapist", _episode(lambda e: e.initiator)),
        Column(
            "repair_start",
            Kind.TEXT,
            "utterance id of the first repair strategy; where the codes have none, of the first "
            "therapist turn that the sequence layer takes for repair; empty if there is none",
            _episode(lambda e: e.repair_start),
        ),
        Column(
            "resolution",
            Kind.INTEGER,
            "1 strain worsened ... 5 resolved; empty if not judged",
            _episode(lambda e: e.resolution),
        ),
        Column("file", Kind.TEXT, "as in `utterances`", lambda row: row.session.file),
        Column(
            "repaired",
            Kind.TRUTH,
            "a repair started and `resolution` is 4 or 5",
            _episode(lambda e: e.repaired),
        ),
        Column(
            "p_repaired",
            Kind.NUMBER,
            "the model's chance that the episode was repaired, fitted on some fifty episodes: "
            "take it as a rank; 0 where no repair started. By rules (`--episodes rules`) it is "
            "the surest strategy times the surest return to the work after it",
            lambda row: row.found.p_repaired,
        ),
        *_path_columns(),
    ),
    _episode_rows,
)

_RATING_MEANINGS = {
    "withdrawal_impact": "1 no impact of withdrawal ... 5 it dominates the session",
    "confrontation_impact": "1 no impact of confrontation ... 5 it dominates the session",
    "resolution": "1 ruptures left worse ... 5 fully resolved; empty if there was none",
    "therapist_contribution": "1 ruptures are not of the therapist's making ... 5 mainly",
}


def _rating(name: str) -> Column[SessionRow]:
    def value(row: SessionRow) -> float | None:
        rating: float | None = getattr(row.session.prediction.ratings, name)
        return None if rating is None else float(rating)

    return Column(name, Kind.NUMBER, _RATING_MEANINGS[name], value)


def _speaker_columns(speaker: Speaker) -> Iterator[Column[SessionRow]]:
    def column(
        name: str, kind: Kind, meaning: str, value: Callable[[SpeakerFigures], Cell]
    ) -> Column[SessionRow]:
        own = f"{speaker}: {meaning}"
        return Column(f"{speaker}_{name}", kind, own, lambda row: value(getattr(row, speaker)))

    yield column("turns", Kind.INTEGER, "turns", lambda f: f.turns)
    yield column("ruptures", Kind.INTEGER, "turns with a rupture code", lambda f: f.ruptures)
    for place, code in enumerate(RUPTURES[1:]):
        yield column(code, Kind.INTEGER, f"turns coded `{code}`", _at(place, "by_code"))
    yield column(
        "ruptures_per_100_turns",
        Kind.NUMBER,
        "ruptures per 100 turns of this speaker; empty without turns",
        lambda f: f.per_100_turns,
    )
    yield column(
        "ruptures_per_10_minutes",
        Kind.NUMBER,
        "ruptures per 10 minutes of the session; empty if it is not timed",
        lambda f: f.per_10_minutes,
    )
    yield column("episodes", Kind.INTEGER, "episodes this speaker opened", lambda f: f.episodes)
    yield column(
        "episodes_repaired", Kind.INTEGER, "of them repaired", lambda f: f.episodes_repaired
    )
    yield column(
        "expected_ruptures",
        Kind.NUMBER,
        "sum of `p_rupture` over the turns: a count that depends on no threshold",
        lambda f: f.expected_ruptures,
    )
    for place, code in enumerate(RUPTURES[1:]):
        yield column(f"expected_{code}", Kind.NUMBER, f"sum of `p_{code}`", _at(place, "expected"))


def _at(place: int, field: str) -> Callable[[SpeakerFigures], Cell]:
    def value(figures: SpeakerFigures) -> Cell:
        cell: Cell = getattr(figures, field)[place]
        return cell

    return value


def _flag(name: str, meaning: str) -> Column[SessionRow]:
    return Column(name, Kind.TRUTH, meaning, lambda row: name in row.session.flags)


def sessions_table(flags: Sequence[tuple[str, str]]) -> Table[SessionRow]:
    """The table `sessions`, with one column a flag. `flags` are names and their meanings."""
    return Table(
        "sessions",
        "One row a session: ratings of the whole, figures of each speaker, and warnings about the "
        "input, which are true where the results need care.",
        (
            Column("session_id", Kind.TEXT, "as in `utterances`", lambda r: r.session.session_id),
            Column("coder", Kind.TEXT, "the model's name", lambda r: r.session.prediction.coder),
            *(_rating(name) for name in Ratings.__slots__),
            Column("file", Kind.TEXT, "as in `utterances`", lambda row: row.session.file),
            Column(
                "turns",
                Kind.INTEGER,
                "turns of all speakers, `other` included",
                lambda row: len(row.session.transcript.utterances),
            ),
            Column(
                "duration_s",
                Kind.NUMBER,
                "seconds from the first known time to the last; empty if not timed",
                lambda row: duration_s(row.session.transcript),
            ),
            Column(
                "pseudo_alliance",
                Kind.TRUTH,
                "an episode with resolution 3 or less holds three or more `withdrawal_from_self` "
                "turns of the patient",
                lambda row: row.session.prediction.pseudo_alliance,
            ),
            *_speaker_columns(Speaker.PATIENT),
            *_speaker_columns(Speaker.THERAPIST),
            *(_flag(name, meaning) for name, meaning in flags),
        ),
        _session_rows,
    )
