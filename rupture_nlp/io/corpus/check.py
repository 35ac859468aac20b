"""Check a coded corpus against the codebook: all rules, all files, all problems at once."""

from dataclasses import dataclass
from pathlib import Path

from rupture_nlp.io.corpus.index import Index, build_index
from rupture_nlp.io.corpus.problems import Problem, Severity
from rupture_nlp.io.corpus.rules_codes import check_codes
from rupture_nlp.io.corpus.rules_episodes import check_episodes
from rupture_nlp.io.corpus.rules_references import check_references
from rupture_nlp.io.corpus.rules_values import check_values
from rupture_nlp.io.corpus.tables import read_tables

RULES = (check_values, check_references, check_codes, check_episodes)


@dataclass(frozen=True, slots=True)
class CorpusCheck:
    """What was found. `problems` is ordered by file, row and column."""

    folder: Path
    sessions: int
    utterances: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.WARNING)


def check_corpus(folder: Path) -> CorpusCheck:
    """Read all files of a corpus and hold them against every rule. Raises nothing."""
    return check_index(folder, build_index(read_tables(folder)))


def check_index(folder: Path, index: Index) -> CorpusCheck:
    """Like `check_corpus`, for files that are read already."""
    found = [problem for table in index.tables.all for problem in table.problems]
    for rule in RULES:
        found += rule(index)
    return CorpusCheck(
        folder=folder,
        sessions=len(index.utterances),
        utterances=len(index.turns),
        problems=tuple(sorted(set(found))),
    )
