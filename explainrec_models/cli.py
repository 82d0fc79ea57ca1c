"""The command line: one verb a stage; the verbs that ask a finished system stand in `asking_cli.py`."""

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import typer

from explainrec_models import asking_cli, datasets_cli, lineage_cli
from explainrec_models.errors import ExplainRecError, machine_error
from explainrec_models.options import PATHS, Dataset, SystemName, for_system, read_params
from explainrec_models.running import PAGE, SCRATCH, pin_threads, run_stage

app = typer.Typer(
    name="explainrec",
    help="Explainable recommendation with language models: every stage of the pipeline, and answers from its results.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(datasets_cli.app, name="datasets", rich_help_panel="Datasets")
app.add_typer(lineage_cli.app)
PIPELINE, ASKING, LINEAGE = "Stages, in the order of dvc.yaml", "Asking the results", lineage_cli.PANEL


def main() -> None:
    """Run the command line; a user's error ends in one message and its own exit code."""
    # Before a stage's module loads numpy.
    pin_threads()
    try:
        app()
    except Exception as error:
        refused = machine_error(error) or error
        if not isinstance(refused, ExplainRecError):
            raise
        _stop(refused)


def _stop(error: ExplainRecError) -> NoReturn:
    print(f"explainrec: {error}", file=sys.stderr)  # noqa: T201 - the one place where errors are shown
    raise SystemExit(error.exit_code) from None


@app.command(rich_help_panel=LINEAGE)
def fingerprint() -> None:
    """Hash the parsed code of every stage."""
    from explainrec_models.stages.fingerprint import fingerprint as stage

    run_stage("fingerprint", "code", lambda: stage(PATHS.code("x").parent))


@app.command(rich_help_panel=PIPELINE)
def pretrained(
    model: Annotated[str, typer.Option("--model", help="language_model, image_encoder or text_encoder.")],
) -> None:
    """Fetch a pretrained model and store it as safetensors."""
    from explainrec_models.stages.pretrained import pretrained as stage

    models = read_params().models.model_dump()
    if model not in models:
        from explainrec_models.errors import UnknownNameError

        raise UnknownNameError(kind="model", name=model, known=models)
    run_stage("pretrained", model, lambda: stage(PATHS.pretrained(model), role=cast("Any", model), name=models[model]))


@app.command(rich_help_panel=LINEAGE)
def card(system: SystemName) -> None:
    """Write a system's card: settings, code hash and the weights it stands on."""
    from explainrec_models.stages.card import card as stage

    params = read_params()
    settings = params.system_settings.get(params.require_system(system), {})
    weights = PATHS.pretrained("language_model")
    out = PATHS.card(system)
    run_stage(
        "card", system, lambda: stage(out, system=system, settings=settings, seed=params.seed, language_model=weights)
    )


@app.command(rich_help_panel=PIPELINE)
def fetch(dataset: Dataset) -> None:
    """Bring a dataset's files here, checksum verified."""
    from explainrec_models.data.request import request_of
    from explainrec_models.stages.fetch import fetch as stage

    source = read_params().source(dataset)
    facts = run_stage(
        "fetch",
        dataset,
        lambda: stage(
            PATHS.raw(dataset),
            key=dataset,
            layout=source.layout,
            request=request_of(source),
            sha256=source.sha256,
            cache=SCRATCH / "pictures",
        ),
    )
    typer.echo(f"Licence of {dataset}:\n{facts['licence']}")


@app.command(rich_help_panel=PIPELINE)
def validate(dataset: Dataset) -> None:
    """Run the Great Expectations suites; exits with 4 when a critical one fails, and writes Data Docs either way."""
    from explainrec_models.data.request import request_of
    from explainrec_models.stages.validate import validate as stage

    params = read_params()
    source = params.source(dataset)
    run_stage(
        "validate",
        dataset,
        lambda: stage(
            PATHS.quality(dataset),
            key=dataset,
            raw=PATHS.raw(dataset),
            layout=source.layout,
            request=request_of(source),
            like_threshold=source.like_threshold,
            valid_from=source.split.valid_from,
            test_from=source.split.test_from,
            scratch=SCRATCH / "quality" / dataset,
            rating_scale=source.rating_scale,
            **params.quality.raw.model_dump(),
        ),
    )


@app.command(rich_help_panel=PIPELINE)
def prepare(dataset: Dataset) -> None:
    """Cut the rows by time into training, validation and held-out tables."""
    from explainrec_models.data.request import request_of
    from explainrec_models.stages.prepare import prepare as stage

    params = read_params()
    source = params.source(dataset)
    run_stage(
        "prepare",
        dataset,
        lambda: stage(
            PATHS.prepared(dataset),
            PATHS.heldout(dataset),
            key=dataset,
            raw=PATHS.raw(dataset),
            layout=source.layout,
            request=request_of(source),
            like_threshold=source.like_threshold,
            choice=source.split,
            users=params.evaluation.users,
            rows_per_user=params.evaluation.rows_per_user,
            seed=params.seed,
        ),
    )


@app.command(rich_help_panel=PIPELINE)
def image_features(dataset: Dataset) -> None:
    """Encode every item's picture."""
    from explainrec_models.stages.image_features import image_features as stage

    read_params().source(dataset)
    out, encoder = PATHS.features("image", dataset), PATHS.pretrained("image_encoder")
    prepared, raw = PATHS.prepared(dataset), PATHS.raw(dataset)
    run_stage("image_features", dataset, lambda: stage(out, prepared=prepared, raw=raw, encoder=encoder))


@app.command(rich_help_panel=PIPELINE)
def text_features(dataset: Dataset) -> None:
    """Encode every item's words."""
    from explainrec_models.stages.text_features import text_features as stage

    read_params().source(dataset)
    out, encoder = PATHS.features("text", dataset), PATHS.pretrained("text_encoder")
    run_stage("text_features", dataset, lambda: stage(out, prepared=PATHS.prepared(dataset), encoder=encoder))


@app.command(rich_help_panel=PIPELINE)
def attribution_labels(dataset: Dataset) -> None:
    """Fit the linear teacher and split its scores into signed contributions."""
    from explainrec_models.stages.attribution_labels import attribution_labels as stage

    params = read_params()
    source = params.source(dataset)
    run_stage(
        "attribution_labels",
        dataset,
        lambda: stage(
            PATHS.labels(dataset),
            prepared=PATHS.prepared(dataset),
            image=PATHS.features("image", dataset),
            text=PATHS.features("text", dataset),
            key=dataset,
            noun=source.noun,
            history_length=params.history_length,
            seed=params.seed,
            **params.labels.model_dump(),
        ),
    )


@app.command(rich_help_panel=PIPELINE)
def tune(dataset: Dataset, system: SystemName) -> None:
    """Fit a system on training rows; resumes a killed training."""
    from explainrec_models.stages.tune import tune as stage

    _, inputs = for_system(dataset, system)
    run_stage(
        "tune",
        f"{dataset}-{system}",
        lambda: stage(
            PATHS.system(dataset, system),
            card=PATHS.card(system),
            features={kind: PATHS.features(kind, dataset) for kind in ("text", "image")},
            scratch=SCRATCH / "tune" / f"{dataset}-{system}",
            **inputs,
        ),
    )


@app.command(rich_help_panel=PIPELINE)
def predict(dataset: Dataset, system: SystemName) -> None:
    """Score the held-out rows and rank."""
    from explainrec_models.stages.predict import predict as stage

    params, inputs = for_system(dataset, system)
    run_stage(
        "predict",
        f"{dataset}-{system}",
        lambda: stage(
            PATHS.predictions(dataset, system),
            system=system,
            fitted=PATHS.system(dataset, system),
            heldout=PATHS.heldout(dataset),
            retriever=params.retriever,
            found_by=PATHS.retriever(dataset, params.retriever),
            retrieved=params.evaluation.retrieved,
            length=max(params.evaluation.cutoffs),
            **inputs,
        ),
    )


app.command(rich_help_panel=PIPELINE)(asking_cli.explain)


@app.command(rich_help_panel=PIPELINE)
def check(dataset: Dataset) -> None:
    """Run the suites over features, labels and predictions; exits with 4 when a critical one fails."""
    from explainrec_models.stages.check import check as stage

    params = read_params()
    params.source(dataset)
    run_stage(
        "check",
        dataset,
        lambda: stage(
            PATHS.checks(dataset),
            key=dataset,
            prepared=PATHS.prepared(dataset),
            heldout=PATHS.heldout(dataset),
            image=PATHS.features("image", dataset),
            text=PATHS.features("text", dataset),
            labels=PATHS.labels(dataset),
            predictions=PATHS.predictions(dataset),
            systems=params.systems,
            order=params.retriever.order,
            scratch=SCRATCH / "checks" / dataset,
            **params.quality.check.model_dump(),
        ),
    )


@app.command(rich_help_panel=PIPELINE)
def evaluate(dataset: Dataset) -> None:
    """Compare every system on the same rows."""
    from explainrec_models.stages.evaluate import evaluate as stage

    params = read_params()
    source = params.source(dataset)
    run_stage(
        "evaluate",
        dataset,
        lambda: stage(
            PATHS.evaluation(dataset),
            PATHS.headline(dataset),
            PATHS.curve("reliability", dataset),
            PATHS.curve("deletion", dataset),
            prepared=PATHS.prepared(dataset),
            heldout=PATHS.heldout(dataset),
            labels=PATHS.labels(dataset),
            predictions=PATHS.predictions(dataset),
            explanations=PATHS.explanations(dataset),
            systems=params.systems,
            truth=Path(source.truth) if source.truth else None,
            cutoffs=params.evaluation.cutoffs,
            resamples=params.evaluation.resamples,
            seed=params.seed,
        ),
    )


@app.command(rich_help_panel=PIPELINE)
def report() -> None:
    """Write the page that compares everything."""
    from explainrec_models.stages.report import report as stage

    params = read_params()
    run_stage(
        "report",
        PAGE,
        lambda: stage(
            PATHS.report(),
            data=PATHS.root,
            datasets=params.datasets,
            systems=params.systems,
            recipes={key: params.source(key).split.recipe for key in params.datasets},
        ),
    )


app.command(rich_help_panel=ASKING)(asking_cli.recommend)


if __name__ == "__main__":
    main()
