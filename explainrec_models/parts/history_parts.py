"""Sums over parts of one person's history, many parts at once: what a subset of the rows says of items and attributes.

Counting all parts in one product makes leaving one row out, or asking for every subset of an order, as cheap as it can
be. ``B`` parts of ``H`` rows, oldest first; ``D`` columns.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLOW_ROWS = 40.0
"""Imaginary average rows of the level: one that follows every answer is higher after dislikes have been used up, so
that within a person it ranks likes below dislikes."""
LATE_HALF, LATE_ROWS = 15.0, 4.0
"""Rows after which an answer counts half in the level of late, and imaginary rows beside it."""
CENTRE_ROWS = 20.0
"""Imaginary average rows of what a like is compared with. Fewer follow the person more, and then a disliked item speaks
for whatever it does not resemble."""
SLOPE_DOUBT = 0.5
POWER, DOUBT = 3, 0.1
"""Power that similarities are raised to, and what is added to their sum."""
TASTE_ROWS = 3.0
"""Imaginary rows that the taste for an attribute starts with, in what its sum is divided by a root of."""


class HistoryParts:
    """Parts of one history.

    Attributes:
        count: rows of each part (B).
    """

    def __init__(self, liked: Floats, kept: Floats, mean: float) -> None:
        """Choose the parts.

        Args:
            liked: 0 or 1 (H).
            kept: 1 for the rows of a part, else 0 (B, H).
            mean: share liked of all training rows.
        """
        self.count = kept.sum(axis=1)
        self._liked, self._kept, self._mean = liked, kept, mean
        centres = (kept @ liked + CENTRE_ROWS * mean) / (self.count + CENTRE_ROWS)
        # How much more than others the person liked it: unlike a residual, it is positive for every like.
        self._surprise = kept * (liked - centres[:, None])

    def surprises(self, of_rows: NDArray[np.floating]) -> Floats:
        """Return sums of columns (H, D), each row weighted by what it was liked beyond expectation (B, D)."""
        return np.asarray(self._surprise @ of_rows, dtype=np.float64)

    def lengths(self, products: Floats) -> Floats:
        """Return the lengths of such sums (B) from the inner products of the rows (H, H)."""
        squares = ((self._surprise @ products) * self._surprise).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(squares, 0)), dtype=np.float64)

    def said(self, similar: Floats) -> Floats:
        """Return what alike rows say (B, C), divided by a root: twice as many say more, not twice as much.

        Args:
            similar: of candidates and rows (C, H).
        """
        weights = (similar**POWER).T
        return np.asarray(self.surprises(weights) / np.sqrt(self._kept @ weights + DOUBT), dtype=np.float64)

    def tastes(self, has: NDArray[np.bool_]) -> Floats:
        """Return the taste for each attribute (B, D) that rows have or have not (H, D)."""
        of_rows = has.astype(np.float64)
        return np.asarray(self.surprises(of_rows) / np.sqrt(self._kept @ of_rows + TASTE_ROWS), dtype=np.float64)

    def levels(self, qualities: Floats) -> Floats:
        """Return slow level, level of late, mean quality and the slope with which the person follows it (B, 4).

        Args:
            qualities: effects of the rows' items (H).
        """
        residuals = self._liked - self._mean - qualities
        total, count = self._kept @ residuals, np.maximum(self.count, 1)
        quality = self._kept @ qualities / count
        slope = (self._kept @ (qualities * residuals) - quality * total) / (
            self._kept @ qualities**2 - count * quality**2 + SLOPE_DOUBT
        )
        ages = np.cumsum(self._kept[:, ::-1], axis=1)[:, ::-1] - 1
        weights = self._kept * 0.5 ** (ages / LATE_HALF)
        late = weights @ residuals / (weights.sum(axis=1) + LATE_ROWS)
        return np.stack([total / (self.count + SLOW_ROWS), late, quality, slope], axis=1)
