"""The Dagster runs that make up the whole pipeline, in order."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import dagster as dg

from explainrec_dagster.pipeline import Pipeline, Stage


@dataclass(frozen=True)
class Phase:
    """One Dagster run: the stages to materialise, for one dataset or for none.

    Attributes:
        reads_datasets: whether it comes after the datasets; only for what has none itself.
    """

    dataset: str | None
    stages: tuple[Stage, ...]
    reads_datasets: bool = False


def plan(pipeline: Pipeline, datasets: Sequence[str], selected: AbstractSet[dg.AssetKey]) -> Iterator[Phase]:
    """Yield the runs in order: what serves all datasets, each dataset, what reads all datasets."""
    wanted = [stage for stage in pipeline.stages if any(dg.AssetKey(list(asset)) in selected for asset in stage.assets)]
    common = [stage for stage in wanted if stage.dataset is None]
    last = [stage for stage in common if any(source.dataset for source, _ in pipeline.sources(stage))]
    phases = [Phase(None, tuple(stage for stage in common if stage not in last))]
    phases += [Phase(key, tuple(stage for stage in wanted if stage.dataset == key)) for key in datasets]
    yield from (phase for phase in [*phases, Phase(None, tuple(last), reads_datasets=True)] if phase.stages)
