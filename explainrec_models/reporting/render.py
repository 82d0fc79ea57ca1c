"""All inputs to one HTML text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from explainrec_models.reporting.cells import Table
from explainrec_models.reporting.facts import DatasetFacts, dataset_facts, facts_of
from explainrec_models.reporting.gallery import Gallery, gallery
from explainrec_models.reporting.held_out import how_held_out
from explainrec_models.reporting.inputs import SystemCard, read_cards, read_dataset
from explainrec_models.reporting.marks import baseline
from explainrec_models.reporting.metrics import METRICS, Metric
from explainrec_models.reporting.pictures import Pictures
from explainrec_models.reporting.plots import Figures, figures
from explainrec_models.reporting.quoted import quotations
from explainrec_models.reporting.slices import deletions, differences, slices
from explainrec_models.reporting.tables import columns_of, comparison


@dataclass(frozen=True)
class DatasetSection:
    """Everything the page shows of one dataset.

    Attributes:
        recipe: name of what cuts its rows.
        held_out: what that recipe does, in a sentence.
        baseline: system that all others are paired with.
    """

    key: str
    recipe: str
    held_out: str
    baseline: str
    facts: DatasetFacts
    metrics: tuple[Metric, ...]
    comparison: Table
    differences: Table
    slices: Table
    deletions: Table
    figures: Figures
    gallery: Gallery


@dataclass(frozen=True)
class Page:
    """The page and what it holds.

    Attributes:
        recommendations: explained items shown, by dataset.
        pictures: what became of the items' pictures.
        missing: datasets of params.yaml that have not been evaluated and so are not on the page.
    """

    html: str
    missing: tuple[str, ...]
    recommendations: Mapping[str, int]
    pictures: Mapping[str, int]


def render(data: Path, *, datasets: Sequence[str], systems: Sequence[str], recipes: Mapping[str, str]) -> Page:
    """Render the page; equal inputs give equal bytes.

    Args:
        data: folder that holds what earlier stages wrote.
        datasets: sections, in order.
        systems: rows of every table, in order.
        recipes: name of the split recipe of each dataset.

    Raises:
        MissingArtefactError: an earlier stage has not run for any dataset, or only in part; the message names it.
        DataError: an input that is not what it claims to be.
    """
    evaluated = [key for key in datasets if (data / "evaluation" / key).is_dir()]
    missing = tuple(key for key in datasets if key not in evaluated)
    cards, pictures = read_cards(data, systems), Pictures()
    sections = [_section(data, key, recipes[key], cards, pictures) for key in evaluated or datasets]
    environment = Environment(
        loader=PackageLoader("explainrec_models", "reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("page.html.j2").render(
        sections=sections,
        missing=missing,
        cards=list(cards.values()),
        provenance={system: list(facts_of(card.provenance)) for system, card in cards.items()},
        metrics=[metric for metric in METRICS if any(metric in section.metrics for section in sections)],
        baselines=_baselines(sections),
        quotations=quotations(cards),
    )
    recommendations = {section.key: section.gallery.recommendations for section in sections}
    return Page(html, missing, recommendations, dict(pictures.counts))


def _baselines(sections: Sequence[DatasetSection]) -> dict[str, list[str]]:
    """Return the baselines, each with the datasets whose systems are paired with it."""
    found: dict[str, list[str]] = {}
    for section in sections:
        found.setdefault(section.baseline, []).append(section.key)
    return found


def _section(data: Path, key: str, recipe: str, cards: Mapping[str, SystemCard], pictures: Pictures) -> DatasetSection:
    inputs = read_dataset(data, key, cards)
    return DatasetSection(
        key=key,
        recipe=recipe,
        held_out=how_held_out(recipe),
        baseline=baseline(inputs),
        facts=dataset_facts(inputs),
        metrics=columns_of(inputs),
        comparison=comparison(inputs, cards),
        differences=differences(inputs, cards),
        slices=slices(inputs, cards),
        deletions=deletions(inputs, cards),
        figures=figures(inputs, cards),
        gallery=gallery(inputs, cards, pictures),
    )
