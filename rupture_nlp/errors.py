"""Errors meant for the person at the keyboard: where, what is wrong, and what to do."""

from pathlib import Path


class RuptureNlpError(Exception):
    """Base class. The command line prints it without a traceback and exits with code 1.

    No message ever holds utterance text, a speaker's name or a field's value: logs and bug reports
    leave the clinic, transcripts must not. Raise it outside the `except` block that caught a
    parser's error, or that error, which often quotes its input, stays attached as `__context__`.
    """


class TranscriptError(RuptureNlpError):
    """A transcript file that cannot be read. `line` is 0 where no line can be named."""

    def __init__(self, path: Path, line: int, problem: str, fix: str) -> None:
        # A file name may hold line ends or bytes that are no text; an error is one printable line.
        shown = "".join(letter if letter.isprintable() else "?" for letter in str(path))
        where = f"{shown}:{line}" if line else shown
        super().__init__(f"{where}: {problem}. {fix}")
        self.path = path
        self.line = line
        self.problem = problem
        self.fix = fix


class SpeakerRoleError(TranscriptError):
    """A transcript in which some speakers have no known role."""


class CorpusError(RuptureNlpError):
    """A coded corpus that breaks the codebook or its file layout."""


class EvaluationError(RuptureNlpError):
    """Reference and predictions that cannot be compared as asked."""


class ConfigError(RuptureNlpError):
    """A configuration with wrong keys or values; the message lists all of them."""


class BundleError(RuptureNlpError):
    """A model folder that is missing, incomplete, changed, or made for another codebook."""


class EngineError(RuptureNlpError):
    """An engine that is not installed, cannot take a model, or answers wrong on this machine."""


class RunError(RuptureNlpError):
    """An output folder or a run that cannot go on."""
