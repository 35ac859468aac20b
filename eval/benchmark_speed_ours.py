"""Our own way, with every engine and precision there is, from text to the bytes that are kept."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.benchmark_speed_rivals import NEIGHBOURS
from rupture_nlp.engines.choose import ENGINES, PRECISIONS
from rupture_nlp.engines.packing import PackedSession
from rupture_nlp.errors import RuptureNlpError
from rupture_nlp.label.labeller import Labeller
from rupture_nlp.pipeline.groups import label_in_groups
from rupture_nlp.pipeline.protocol import Failure
from rupture_nlp.pipeline.session_list import InputSession
from rupture_nlp.schema import Transcript

log = logging.getLogger("benchmark_speed")
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Ours:
    """A labeller of one engine and precision."""

    labeller: Labeller

    @property
    def engine(self) -> str:
        return self.labeller.engine.name

    @property
    def precision(self) -> str:
        return self.labeller.engine.precision

    @property
    def name(self) -> str:
        return f"ours, {self.engine} {self.precision}"

    def label(self, sessions: Sequence[Transcript]) -> int:
        """Label as `rupture-nlp label` does, but for files; how many bytes it would keep.

        Tokenising runs ahead in a thread of its own. Counted in are packing, the network, the
        decisions, episodes and ratings, and the encoding of what is kept.

        Raises:
            RuntimeError: a session could not be labelled.
        """
        jobs = ((_input(session), session) for session in sessions)
        parts = [part for _, part in label_in_groups(self.labeller, jobs)]
        failed = [part for part in parts if isinstance(part, Failure)]
        if failed:
            raise RuntimeError(failed[0].message)
        return sum(len(part) for part in parts if isinstance(part, bytes))


def _input(session: Transcript) -> InputSession:
    name = session.session_id
    return InputSession(Path(name), name, 0, name, name, len(session.utterances))


@dataclass(frozen=True, slots=True)
class Found:
    """What can be measured here, and what not, by name with the reason."""

    options: tuple[Ours, ...]
    default: Ours  # what a user gets who chooses nothing
    left_out: dict[str, str]


def load_ours(model: str | Path, threads: int, only: Sequence[str] = ()) -> Found:
    """Load every engine in every precision; `only` names some, as `openvino bf16`."""
    default = Ours(Labeller.load(model, threads=threads))
    found = {default.name: default}
    left_out: dict[str, str] = {}
    for engine in ENGINES:
        for precision in PRECISIONS:
            name = f"{engine} {precision}"
            if AUTO in (engine, precision) or (only and name not in only):
                continue
            log.info("loading %s", name)
            try:
                ours = Ours(
                    Labeller.load(model, engine=engine, precision=precision, threads=threads)
                )
            except (ValueError, RuptureNlpError) as error:
                left_out[name] = str(error)
                continue
            found.setdefault(ours.name, ours)
    return Found(tuple(found.values()), default, left_out)


@dataclass(frozen=True, slots=True)
class Context:
    """What utterances are read together with."""

    asked: int  # predecessors that the neighbours recipe joins
    share: float  # of the utterances that see as many whole predecessors, or all that there are
    fewest: int | None  # whole predecessors of any but the first ones; None: all see all there are
    mean_before: float  # whole predecessors in view
    mean_after: float  # whole successors in view


def measure_context(sessions: Sequence[PackedSession]) -> Context:
    """How many whole utterances around each are in the window that labels it."""
    before, after, places = [], [], []
    for session in sessions:
        for at, (earlier, later) in enumerate(_in_view(session)):
            before.append(earlier)
            after.append(later)
            places.append(at)
    seen, there = np.array(before), np.array(places)
    short = seen[seen < there]
    return Context(
        asked=NEIGHBOURS,
        share=float(np.mean(seen >= np.minimum(NEIGHBOURS, there))),
        fewest=int(short.min()) if short.size else None,
        mean_before=float(seen.mean()),
        mean_after=float(np.mean(after)),
    )


def _in_view(session: PackedSession) -> Iterator[tuple[int, int]]:
    """Of each utterance the whole ones before and after it; of a split one, the fewest."""
    pieces = Counter(
        piece.utterance for window in session.windows for piece in window.pieces[window.first_new :]
    )
    seen: dict[int, tuple[int, int]] = {}
    for window in session.windows:
        here = Counter(piece.utterance for piece in window.pieces)
        whole = np.array([u for u, count in here.items() if count == pieces[u]])
        for piece in window.pieces[window.first_new :]:
            at = piece.utterance
            view = (int(np.sum(whole < at)), int(np.sum(whole > at)))
            other = seen.get(at, view)
            seen[at] = (min(view[0], other[0]), min(view[1], other[1]))
    yield from (seen[at] for at in sorted(seen))
