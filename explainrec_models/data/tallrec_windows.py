"""The movie windows of TALLRec, rebuilt from MovieLens 100K.

Bao et al., "TALLRec" (RecSys 2023, arXiv 2305.00447); the recipe is that of the authors' ``preprocess_movie.py``: per
user, sorted by timestamp as text, every ten rows and the one after them are a window; the windows are joined in the
order in which users first appear in ``u.data``; of the last 10,000, 8,000 are for training, 1,000 for validation and
1,000 for testing. It is no split by time: the test rows are the last users' windows.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explainrec_models.data.examples import Example
from explainrec_models.data.histories import History
from explainrec_models.errors import DataError

HISTORY_LENGTH = 10
KEPT = 10_000
TRAIN, VALID = 8_000, 1_000
LIKED_ABOVE = 3

RatingLine = tuple[str, str, int, str]
"""User, item, rating and timestamp of a line of ``u.data``; the timestamp stays text."""


@dataclass(frozen=True)
class TallrecWindows:
    """The three parts, in the published order."""

    train: tuple[Example, ...]
    valid: tuple[Example, ...]
    test: tuple[Example, ...]


def rating_lines(text: str) -> list[RatingLine]:
    """Parse ``u.data``: user, item, rating and timestamp between tabs."""
    fields = [line.split("\t") for line in text.splitlines() if line]
    return [(user, item, int(rating), moment) for user, item, rating, moment in fields]


def tallrec_windows(lines: Sequence[RatingLine]) -> TallrecWindows:
    """Cut the windows.

    Raises:
        DataError: there are too few windows for the three parts.
    """
    by_user: dict[str, list[RatingLine]] = {}
    for line in lines:
        by_user.setdefault(line[0], []).append(line)
    examples: list[Example] = []
    for user, rows in by_user.items():
        rows.sort(key=lambda row: row[3])
        examples += [
            _window(user, rows[end - HISTORY_LENGTH : end], rows[end]) for end in range(HISTORY_LENGTH, len(rows))
        ]
    if len(examples) < KEPT:
        message = (
            f"the ratings give {len(examples)} windows, but TALLRec's recipe keeps the last {KEPT}; is u.data complete?"
        )
        raise DataError(message)
    kept = examples[-KEPT:]
    return TallrecWindows(tuple(kept[:TRAIN]), tuple(kept[TRAIN : TRAIN + VALID]), tuple(kept[TRAIN + VALID :]))


def windows_digest(windows: TallrecWindows) -> str:
    """Return one digest of all windows, each with its history, in order."""
    digest = hashlib.sha256()
    for name in ("train", "valid", "test"):
        for example in getattr(windows, name):
            history = [[item, int(like)] for item, like in _rows(example.history)]
            row = [name, example.history.user_id, history, example.item_id, int(example.liked), example.timestamp]
            digest.update(json.dumps(row).encode() + b"\n")
    return digest.hexdigest()


def _window(user: str, past: Sequence[RatingLine], target: RatingLine) -> Example:
    history = History(
        user,
        tuple(row[1] for row in past),
        tuple(row[2] > LIKED_ABOVE for row in past),
        tuple(int(row[3]) * 1000 for row in past),
    )
    return Example(history, target[1], target[2] > LIKED_ABOVE, int(target[3]) * 1000)


def published_input(example: Example, titles: Mapping[str, str]) -> str:
    """Return the ``input`` text of the published JSON for an example."""
    liked = [f'"{titles[item]}"' for item, like in _rows(example.history) if like]
    disliked = [f'"{titles[item]}"' for item, like in _rows(example.history) if not like]
    return (
        f"User Preference: {', '.join(liked)}\nUser Unpreference: {', '.join(disliked)}\n"
        f'Whether the user will like the target movie "{titles[example.item_id]}"?'
    )


def _rows(history: History) -> list[tuple[str, bool]]:
    return list(zip(history.item_ids, history.liked, strict=True))
