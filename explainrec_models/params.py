"""The one reader of params.yaml: frozen settings that refuse unknown keys and name the nearest known one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from explainrec_models.errors import ParamsError, UnknownNameError, nearest_names

PARAMS_FILE = Path("params.yaml")
WHERE_DATASETS = "`datasets:` in params.yaml lists them."
WHERE_SYSTEMS = "`systems:` in params.yaml lists them."


def _is_plain_name(value: str) -> str:
    if not value or not all(c.isalnum() or c in "-_" for c in value):
        message = (
            f"{value!r} cannot be a name: use letters, digits, '-' and '_' only, since it names folders and stages"
        )
        raise ValueError(message)
    return value


def _is_date(value: str) -> str:
    datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    return value


Name = Annotated[str, AfterValidator(_is_plain_name)]
Date = Annotated[str, AfterValidator(_is_date)]


class Section(BaseModel):
    """A part of params.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(Section):
    """Which rows are for training, validation and testing."""

    recipe: Name = "temporal"
    """Which file in ``data/recipes`` cuts the rows; each says which of the following it reads."""
    start: Date | None = None
    """Rows before this day (UTC) are left out."""
    valid_from: Date | None = None
    """First day of the validation rows; everything earlier is training."""
    test_from: Date | None = None
    """First day of the test rows."""
    until: Date | None = None
    """First day that is left out again."""
    shots: int | None = Field(default=None, ge=0)
    """Training rows of a few-shot split; events that are known of each held-out user."""
    share: float = Field(default=0.1, gt=0, lt=0.5)
    """Users or items held out, once for validation and once for testing."""
    train_categories: tuple[str, ...] = ()
    test_categories: tuple[str, ...] = ()
    sha256: str | None = None
    """Pin of the rows of all parts: `explainrec prepare` names the value it found."""


class Files(Section):
    """Where a dataset comes from."""

    layout: Name
    """Which file in ``data/sources`` fetches and reads it; `explainrec fetch` names the known ones."""
    location: str | None = None
    """Folder or archive with the files, for layouts that are not fetched from a host."""
    files: Mapping[Name, str] = Field(default_factory=dict)
    """Files named one by one, by their role in the layout ("reviews", "meta")."""
    columns: Mapping[Name, str] = Field(default_factory=dict)
    """Our column to the column of the file, for layout ``table``."""
    pictures: str | None = None
    """Folder or archive of pictures named by item id, a table of item ids and addresses, or ``addresses`` for those in
    the metadata."""
    details: str | None = None
    """OMDb answers as JSON lines: plots, directors and cast of movies."""
    categories: tuple[Name, ...] = ()
    """Amazon categories to read, as their files are spelled."""


class Source(Files):
    """Where a dataset comes from and how it is cut."""

    noun: str = "item"
    """What an item is called in prompts."""
    like_threshold: float = 4
    """Ratings from here on are likes."""
    rating_scale: tuple[float, float] | None = None
    """Lowest and highest rating, where they are not those of the layout."""
    split: Split
    parts: Mapping[Name, Files] = Field(default_factory=dict)
    """Datasets that layout ``combined`` puts side by side, each as a category of its name."""
    sha256: str | None = None
    """Pin of the files at ``location``: `explainrec fetch` names the value it found."""
    truth: str | None = None
    """Folder with the true reasons, for invented datasets; only ``evaluate`` reads it."""


class Models(Section):
    """Pretrained models, each a package of the embedded default, a Hugging Face id or a local folder."""

    language_model: str
    image_encoder: str
    text_encoder: str


class RawQuality(Section):
    """Thresholds of the suites over raw rows, which stage ``validate`` runs."""

    earliest: Date = "1995-01-01"
    """First day a rating may have."""
    latest: Date = "2024-01-01"
    """First day no rating may have; a fixed date, since a check against the clock could change without the data."""
    min_interactions: int = 1000
    min_items: int = 50
    max_missing_title_share: float = 0.05
    max_repeated_title_share: float = 0.05
    """Items that share their title with another."""
    max_duplicate_share: float = 0.05
    """Rows whose (user, item) pair occurs more than once."""
    max_unknown_item_share: float = 0.01
    """Rows whose item is not in the item table."""
    max_dropped_share: float = 0.05
    """Rows that the reader left out, repaired or merged; more is a warning."""
    max_lost_share: float = 0.5
    """The same without merged repetitions; more is critical."""


class OutputQuality(Section):
    """Thresholds of the suites over features, labels and predictions, which stage ``check`` runs."""

    max_missing_picture_share: float = 0.5
    """Items without a picture, where a dataset has any."""
    max_unreadable_picture_share: float = 0.05
    """Of the items that have a picture."""
    max_missing_words_share: float = 0.05
    """Items without any word to encode."""
    max_repeated_vector_share: float = 0.05
    """Items whose vector is nearly another's."""
    max_label_gap: float = 1e-5
    """Between a score and the sum of its contributions, relative to the sum of their sizes."""


class Drift(Section):
    """What may change between two versions of a dataset before it is a warning."""

    max_psi: float = 0.2
    """Population stability index of a histogram; 0.1 to 0.25 is called a moderate shift."""
    max_count_change: float = 0.5
    """Relative change of a count or a quantile."""


class Quality(Section):
    """Thresholds of the Great Expectations suites, by layer."""

    raw: RawQuality = RawQuality()
    check: OutputQuality = OutputQuality()
    drift: Drift = Drift()


class Labels(Section):
    """The linear teacher behind the attribution labels."""

    regularisation: float = 250.0
    """L2 penalty of EASE."""
    decays: tuple[float, ...] = (1.0, 0.98, 0.95, 0.9, 0.8)
    """Recency decays to choose from on validation rows."""
    looks: int = 12
    """Visual clusters at most that serve as attributes of items with pictures; 0 for none."""
    topics: int = 12
    """Text clusters that serve as attributes; 0 for none."""
    examples: int = Field(default=200_000, gt=0)
    """Training rows to label at most, evenly spaced in time."""
    dense_items: int = Field(default=12_000, ge=0)
    """Larger catalogues get sparse weights instead of a dense inverse."""
    neighbours: int = Field(default=200, gt=0)
    """Items that each item's sparse weights are on."""


class Retriever(Section):
    """What draws the list that a system without full ranking re-ranks: where it lies below the data folder."""

    kind: Literal["labels", "systems"] = "labels"
    """The linear teacher of the attribution labels, or a system that ranks the whole catalogue."""
    name: Name = "teacher"
    """``teacher``, or the system's name."""
    order: Literal["fused", "scores"] = "fused"
    """How the list is then ordered: by both their ranks, or by the scores of the system that re-ranks it alone."""


class Evaluation(Section):
    """What is measured, on how many."""

    users: int = 120
    """Held-out users, sampled once for all systems."""
    rows_per_user: int = 20
    """Held-out rows a user at most."""
    retrieved: int = 20
    """Length of the list that a language-model system re-ranks."""
    cutoffs: tuple[int, ...] = (5, 10, 20)
    resamples: int = 1000
    """Bootstrap resamples over users."""


class Explanations(Section):
    """How many recommendations are explained and how deeply they are checked."""

    users: int = 8
    items: int = 3
    """Top items a user."""
    cited: int = 3
    """History items an explanation may cite."""


class Params(Section):
    """All of params.yaml."""

    datasets: tuple[Name, ...] = Field(min_length=1)
    sources: Mapping[Name, Source]
    systems: tuple[Name, ...] = Field(min_length=1)
    system_settings: Mapping[Name, Mapping[str, Any]] = Field(default_factory=dict)
    models: Models
    seed: int = 20
    history_length: int = 10
    quality: Quality = Quality()
    labels: Labels = Labels()
    retriever: Retriever = Retriever()
    evaluation: Evaluation = Evaluation()
    explanations: Explanations = Explanations()

    def source(self, dataset: str) -> Source:
        """Return the details of a registered dataset.

        Raises:
            UnknownNameError: it is not registered.
        """
        if dataset not in self.datasets:
            raise UnknownNameError(kind="dataset", name=dataset, known=self.datasets, advice=WHERE_DATASETS)
        return self.sources[dataset]

    def require_system(self, system: str) -> str:
        """Return ``system`` if it is a row of the table.

        Raises:
            UnknownNameError: it is not.
        """
        if system not in self.systems:
            raise UnknownNameError(kind="system", name=system, known=self.systems, advice=WHERE_SYSTEMS)
        return system


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check params.yaml.

    Raises:
        ParamsError: the file is missing, is not YAML, or holds a key or value that cannot be used.
    """
    if not path.is_file():
        message = (
            f"{path} is not here ({Path.cwd()}). Run explainrec in the folder that holds params.yaml and dvc.yaml."
        )
        raise ParamsError(message)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        params = Params.model_validate(content)
    except yaml.YAMLError as error:
        message = f"{path} is not valid YAML: {error}"
        raise ParamsError(message) from error
    except ValidationError as error:
        raise ParamsError(_in_users_words(path, error)) from error
    _check_registry(path, params)
    return params


def _check_registry(path: Path, params: Params) -> None:
    listed, described = set(params.datasets), set(params.sources)
    if len(listed) != len(params.datasets):
        message = f"{path}: `datasets` lists a key twice: {', '.join(params.datasets)}."
        raise ParamsError(message)
    if listed != described:
        message = (
            f"{path}: `datasets` and `sources` must have the same keys; only in `datasets`: "
            f"{sorted(listed - described) or 'none'}, only in `sources`: {sorted(described - listed) or 'none'}."
        )
        raise ParamsError(message)
    stray = set(params.system_settings) - set(params.systems)
    if stray:
        advice = "List it under `systems:`, or remove its settings."
        raise UnknownNameError(
            kind="system under `system_settings`", name=min(stray), known=params.systems, advice=advice
        )
    kind, name = params.retriever.kind, params.retriever.name
    finders = ("teacher",) if kind == "labels" else params.systems
    if name not in finders:
        advice = f"Of kind {kind} there is: {', '.join(finders)}."
        raise UnknownNameError(kind="name under `retriever`", name=name, known=finders, advice=advice)
    for key, source in params.sources.items():
        _check_dates(f"{path}: sources.{key}.split", source.split)


def _check_dates(where: str, split: Split) -> None:
    named = [(name, getattr(split, name)) for name in ("start", "valid_from", "test_from", "until")]
    given = [(name, day) for name, day in named if day is not None]
    for (earlier, first), (later, second) in pairwise(given):
        if first >= second:
            message = f"{where}: {earlier} {first} must be before {later} {second}."
            raise ParamsError(message)


def _in_users_words(path: Path, error: ValidationError) -> str:
    lines = [f"{path} cannot be used:"]
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            nearest = nearest_names(str(problem["loc"][-1]), _known_keys(problem["loc"][:-1]), limit=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            lines.append(f"  {where}: unknown key{hint}")
        elif problem["type"] == "missing":
            lines.append(f"  {where}: missing")
        else:
            lines.append(f"  {where}: {problem['msg']} (found {problem['input']!r})")
    return "\n".join(lines)


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed at a place in params.yaml."""
    sections: dict[str, type[Section]] = {
        "models": Models,
        "quality": Quality,
        "labels": Labels,
        "evaluation": Evaluation,
        "explanations": Explanations,
        "sources": Source,
    }
    inner: dict[str, type[Section]] = {
        "split": Split, "parts": Files, "raw": RawQuality, "check": OutputQuality, "drift": Drift
    }  # fmt: skip
    section = sections.get(str(location[0]), Params) if location else Params
    if section in {Source, Quality}:
        section = next((inner[str(key)] for key in location[1:] if str(key) in inner), section)
    return list(section.model_fields)
