"""What the verbs of the command line share: places, options that several take, and the parameters behind them."""

from typing import Annotated, Any

import typer

from explainrec_models.data.paths import Paths

PATHS = Paths()

Dataset = Annotated[
    str, typer.Option("--dataset", "-d", help="Key of the dataset, as `datasets:` in params.yaml lists it.")
]
SystemName = Annotated[
    str, typer.Option("--system", "-s", help="Name of the system, as `systems:` in params.yaml lists it.")
]


def read_params() -> Any:
    """Read params.yaml of the folder that the command runs in."""
    from explainrec_models.params import load_params

    return load_params()


def for_system(dataset: str, system: str) -> tuple[Any, dict[str, Any]]:
    """Return the parameters, and what every stage of a fitted system reads."""
    params = read_params()
    source = params.source(dataset)
    params.require_system(system)
    inputs = {
        "prepared": PATHS.prepared(dataset),
        "key": dataset,
        "noun": source.noun,
        "language_model": PATHS.pretrained("language_model"),
    }
    return params, inputs
