"""What Dagster loads: assets, checks, sensors and job of the project in ``EXPLAINREC_ROOT`` or the current folder."""

from pathlib import Path

import dagster as dg

from explainrec_dagster.assets import build_assets
from explainrec_dagster.dvc import Dvc
from explainrec_dagster.pipeline import default_root
from explainrec_dagster.sensors import keys_sensor, lock_sensor


def build_definitions(root: Path) -> dg.Definitions:
    """Return the definitions of the project at ``root``."""
    assets = build_assets(root)
    of_a_dataset = dg.AssetSelection.assets(*[one for one in assets if one.partitions_def])
    whole_line = dg.define_asset_job(
        "whole_line",
        selection=of_a_dataset.upstream(),
        description="Everything for the dataset chosen as partition, but not what reads all datasets.",
    )
    return dg.Definitions(
        assets=assets,
        jobs=[whole_line],
        sensors=[keys_sensor(root), lock_sensor(root)],
        resources={"dvc": Dvc(root)},
        # A step in a process of its own takes seconds to start, and DVC's locks serialise most of them anyway.
        executor=dg.in_process_executor,
    )


defs = build_definitions(default_root())
