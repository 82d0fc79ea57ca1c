"""Errors a user can cause, each with what was found, what was expected and what to do."""

from collections.abc import Iterable

from rapidfuzz import process


class ExplainRecError(Exception):
    """Base of every error meant for the user; the command line prints it without a traceback.

    Not for broken invariants inside the code: those are assertions.
    """

    exit_code = 1


class ParamsError(ExplainRecError):
    """A choice in params.yaml or on the command line that cannot be used. Not for bad data files."""

    exit_code = 2


class UnknownNameError(ParamsError):
    """A name (dataset, system, user, key) that is not known. Not for missing files."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, advice: str = "") -> None:
        """Build the message with the nearest known names.

        Args:
            kind: what the name stands for, in the user's words ("dataset").
            name: the name that was given.
            known: every name that would have been accepted.
            advice: what to do when none of the known names is meant.
        """
        self.nearest = nearest_names(name, known)
        hint = f" Nearest known: {', '.join(self.nearest)}." if self.nearest else ""
        super().__init__(f"unknown {kind} {name!r}.{hint}{' ' + advice if advice else ''}")


class DataError(ExplainRecError):
    """A file that is not what it claims to be. Not for rows a stage may drop and count."""

    exit_code = 3


class QualityError(ExplainRecError):
    """Data that failed a critical expectation."""

    exit_code = 4


class MissingArtefactError(ExplainRecError):
    """An output of an earlier stage that is not on disk yet."""

    exit_code = 5


class SourceUnavailableError(ExplainRecError):
    """A host or package index that could not be reached, after the retries. Not for wrong content."""

    exit_code = 6


def nearest_names(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return up to ``limit`` known names, the most similar first.

    >>> nearest_names("ml-100", ["ml-100k", "sample-shop"])
    ['ml-100k']
    """
    matches = process.extract(name, sorted(set(known)), limit=limit, score_cutoff=55)
    return [match[0] for match in matches]
