"""The keys of `datasets:` in params.yaml as Dagster's partitions."""

from collections.abc import Sequence

import dagster as dg
from sqlalchemy.exc import IntegrityError

NAME = "datasets"
DATASETS = dg.DynamicPartitionsDefinition(name=NAME)


def key_changes(instance: dg.DagsterInstance, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the keys that are gone and those that are new where Dagster should know those ``wanted``."""
    registered = instance.get_dynamic_partitions(NAME)
    return [key for key in registered if key not in wanted], [key for key in wanted if key not in registered]


def register_keys(instance: dg.DagsterInstance, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Make Dagster's partitions the keys ``wanted``, in that order, and return those that are gone and those new.

    Dagster lists keys as they came, so one that is to stand elsewhere has to come again. That forgets none of its
    materializations, nor does the removal of one that is gone.
    """
    gone, new = key_changes(instance, wanted)
    registered = instance.get_dynamic_partitions(NAME)
    kept = [key for key in registered if key not in gone]
    in_place = next((at for at, key in enumerate(kept) if key != wanted[at]), len(kept))
    for key in [*gone, *kept[in_place:]]:
        instance.delete_dynamic_partition(NAME, key)
    try:
        instance.add_dynamic_partitions(NAME, list(wanted[in_place:]))
    except IntegrityError:
        # Another process has registered one of them after Dagster looked which there are; now it sees that.
        instance.add_dynamic_partitions(NAME, list(wanted[in_place:]))
    return gone, new
