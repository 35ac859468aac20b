"""Coded corpora on disk (codebook, section 7): check, read, write, count, split."""

from rupture_nlp.io.corpus.check import CorpusCheck, check_corpus
from rupture_nlp.io.corpus.problems import Problem, Severity
from rupture_nlp.io.corpus.read import read_corpus, reference_coder
from rupture_nlp.io.corpus.split import (
    Fold,
    Split,
    data_hash,
    leave_one_group_out,
    read_split,
    split_groups,
    write_split,
)
from rupture_nlp.io.corpus.stats import CorpusStats, StatRow, corpus_stats
from rupture_nlp.io.corpus.write import write_corpus

__all__ = [
    "CorpusCheck",
    "CorpusStats",
    "Fold",
    "Problem",
    "Severity",
    "Split",
    "StatRow",
    "check_corpus",
    "corpus_stats",
    "data_hash",
    "leave_one_group_out",
    "read_corpus",
    "read_split",
    "reference_coder",
    "split_groups",
    "write_corpus",
    "write_split",
]
