"""Stage ``validate``: the Great Expectations suites over the raw rows, before anything is computed from them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explainrec_models.data.loading import read_raw
from explainrec_models.data.request import Request
from explainrec_models.quality.limits import Limits
from explainrec_models.quality.profile import PROFILE_NAME, profile
from explainrec_models.quality.published import Outcome, publish
from explainrec_models.quality.raw import check_raw


@dataclass(frozen=True)
class ValidateReport:
    """What was checked and what failed.

    Attributes:
        dropped: what the reader left out, repaired or merged, by reason.
        lacks: ``implicit`` where the rows are events without ratings, each of which counts as a like; ``has_clock``
            where the times are positions and no moments.
        outcome: of the suites.
    """

    interactions: int
    items: int
    dropped: Mapping[str, int]
    lacks: Mapping[str, bool]
    outcome: Outcome

    def summary(self) -> dict[str, Any]:
        """Return the report as plain values."""
        facts = {"interactions": self.interactions, "items": self.items, "dropped": self.dropped}
        return {**facts, **self.lacks, **asdict(self.outcome)}


def validate(
    out: Path,
    *,
    key: str,
    raw: Path,
    layout: str,
    request: Request,
    scratch: Path,
    rating_scale: tuple[float, float] | None = None,
    **limits: Any,
) -> ValidateReport:
    """Check the raw rows; a failed warning is shown, a failed critical expectation stops the pipeline.

    Beside the verdict stands ``profile.json``, which a later version of the dataset can be compared with.

    Args:
        out: folder to write: verdict, profile, report and Data Docs.
        key: the dataset's key.
        raw: folder that ``fetch`` wrote.
        layout: how the raw files are laid out.
        request: what params.yaml asks of the layout.
        scratch: folder that gets a copy of ``out`` when a critical expectation fails; the pipeline keeps no output of
            a stage that failed.
        rating_scale: lowest and highest rating; the layout's where it is not given.
        limits: fields of ``Limits``, by name.

    Raises:
        DataError: a raw file cannot be read at all.
        QualityError: a critical expectation failed.
    """
    tables = read_raw(raw, layout=layout, request=request)
    lowest, highest = rating_scale or tables.scale
    bounds = Limits(
        **limits,
        implicit=tables.implicit,
        has_clock=tables.has_clock,
        lowest_rating=lowest,
        highest_rating=highest,
    )
    interactions, items, dropped = tables.interactions, tables.items, dict(sorted(tables.dropped.items()))
    lacks = ({"implicit": True} if tables.implicit else {}) | ({} if tables.has_clock else {"has_clock": False})
    likes = None if tables.implicit else bounds.like_threshold
    outcome = publish(
        out,
        scratch=scratch,
        advice=(
            f"Correct the files in {raw}; if they are right, correct `quality` or `sources.{key}` in params.yaml. "
            f"Then run the stage again."
        ),
        judge=lambda docs: check_raw(interactions, items, bounds, dataset=key, dropped=dropped, docs=docs),
        files={PROFILE_NAME: lambda: profile(interactions, items, like_threshold=likes)},
        facts={"interactions": interactions.height, "items": items.height, "dropped": dropped, **lacks},
    )
    return ValidateReport(interactions.height, items.height, dropped, lacks, outcome)
