"""Published candidates: the lists that some datasets come with, each user's items to rank beside the test item.

The target stands in its list by chance only, and the protocol of LLMRank (Hou et al. 2023, arXiv 2305.08845) adds it;
so does ``candidate_lists``. Ranking a hundred sampled items is not ranking a catalogue: numbers of the two have
different names everywhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from explainrec_models.data import schema
from explainrec_models.data.tables import read_parquet

CANDIDATES_NAME = "candidates.parquet"
_PAIR = [schema.USER_ID, schema.ITEM_ID]
_PLACE = "place"


@dataclass(frozen=True)
class CandidateLists:
    """What to rank for whom.

    Attributes:
        by_user: items in the order of the catalogue, so that no tie tells where the target stood.
        targets_added: targets that the published lists did not hold.
        outside_catalogue: listed items, targets among them, that only test rows mention: nobody can rank them.
        without_list: users to rank for whom nothing was published.
    """

    by_user: dict[str, list[str]]
    targets_added: int
    outside_catalogue: int
    without_list: int

    def counts(self) -> dict[str, int]:
        """Return the counts as plain values."""
        return {
            "users": len(self.by_user),
            "items": sum(len(items) for items in self.by_user.values()),
            "targets_added": self.targets_added,
            "outside_catalogue": self.outside_catalogue,
            "users_without_list": self.without_list,
        }


def has_candidates(heldout: Path) -> bool:
    """Return whether the dataset came with candidate lists."""
    return (heldout / CANDIDATES_NAME).is_file()


def candidate_lists(
    heldout: Path, liked: pl.DataFrame, users: Collection[str], item_ids: Sequence[str], *, made_by: str
) -> CandidateLists:
    """Return the lists of the users that rankings are made for, each with its targets.

    Args:
        heldout: folder that ``prepare`` wrote, with candidates.
        liked: user_id and item_id of the targets.
        users: to rank for.
        item_ids: the catalogue, in its order.
        made_by: stage for the message of an error.

    Raises:
        MissingArtefactError: ``prepare`` has not run.
    """
    published = read_parquet(heldout / CANDIDATES_NAME, made_by=made_by).select(_PAIR)
    published = published.filter(pl.col(schema.USER_ID).is_in(list(users))).unique()
    listed = published[schema.USER_ID].unique()
    targets = liked.select(_PAIR).filter(pl.col(schema.USER_ID).is_in(listed.implode())).unique()
    added = targets.join(published, on=_PAIR, how="anti")
    catalogue = pl.DataFrame({schema.ITEM_ID: item_ids}, schema={schema.ITEM_ID: pl.String}).with_row_index(_PLACE)
    whole = pl.concat([published, added])
    known = whole.join(catalogue, on=schema.ITEM_ID, how="inner").sort(schema.USER_ID, _PLACE)
    lists = known.group_by(schema.USER_ID, maintain_order=True).agg(schema.ITEM_ID)
    return CandidateLists(
        dict(lists.iter_rows()), added.height, whole.height - known.height, len(set(users)) - len(listed)
    )
