"""What Dagster loads: assets, checks, sensor and job of the project in ``EXPLAINREC_ROOT`` or the current folder."""

from pathlib import Path

import dagster as dg

from explainrec_dagster.assets import build_assets
from explainrec_dagster.dvc import Dvc
from explainrec_dagster.pipeline import default_root, load_pipeline
from explainrec_dagster.sensors import lock_sensor


def build_definitions(root: Path) -> dg.Definitions:
    """Return the definitions of the project at ``root``."""
    pipeline = load_pipeline(root)
    return dg.Definitions(
        assets=build_assets(pipeline),
        jobs=[dg.define_asset_job("whole_line", description="Everything, for the dataset chosen as partition.")],
        sensors=[lock_sensor(pipeline)],
        resources={"dvc": Dvc(root)},
        # A step in a process of its own takes seconds to start, and DVC's locks serialise most of them anyway.
        executor=dg.in_process_executor,
    )


defs = build_definitions(default_root())
