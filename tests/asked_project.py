"""A project folder whose systems are fitted on the invented films, to be asked; one of them takes new items."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
import yaml
from invented import corpus, write_prepared
from shop_project import PARAMS, write_shop_project

from explainrec_models import systems
from explainrec_models.data import schema
from explainrec_models.data.corpus import Corpus
from explainrec_models.data.paths import Paths
from explainrec_models.parts.teaching import fit_teacher
from explainrec_models.registry import system_class, system_config, system_module

KEY, EVENTS = "films", "plays"
SYSTEMS = ("ease", "rates", "popularity", "overlap")
TESTS = Path(__file__).parent


@contextmanager
def overlap_among_systems(folder: Path) -> Iterator[None]:
    """Let ``overlap_system.py`` be a system file, beside the three that are fitted here."""
    for name in SYSTEMS:
        if name != "overlap":
            # Imported from where it really is.
            system_module(name)
            (folder / f"{name}.py").symlink_to(Path(systems.__path__[0]) / f"{name}.py")
    (folder / "overlap.py").symlink_to(TESTS / "overlap_system.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(systems, "__path__", [str(folder)])
        yield


def events_only(of: Corpus) -> Corpus:
    """Return the likes as events without ratings."""
    parts = [
        rows.filter(pl.col(schema.LIKED) == 1).with_columns(pl.lit(None, dtype=pl.Float32).alias(schema.RATING))
        for rows in (of.train, of.valid)
    ]
    return Corpus(EVENTS, "film", of.items, parts[0], parts[1])


def write_asked_project(root: Path) -> Paths:
    """Write params.yaml, tiny pretrained models and the fitted systems; return where they lie."""
    write_shop_project(root)
    source = {"layout": "movielens", "noun": "film", "split": {"recipe": "leave-one-out"}}
    params = {
        **PARAMS,
        "datasets": [KEY, EVENTS],
        "sources": {KEY: source, EVENTS: source},
        "systems": list(SYSTEMS),
        "explanations": {"cited": 2},
    }
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    paths = Paths(root / "data")
    for key, known, fitted in ((KEY, corpus(), SYSTEMS), (EVENTS, events_only(corpus()), ("ease",))):
        write_prepared(paths.prepared(key), known)
        (paths.labels(key) / "teacher").mkdir(parents=True)
        fit_teacher(known, [], regularisation=1.0, decays=(1.0,)).teacher.save(paths.labels(key) / "teacher")
        for system in fitted:
            # Not through the stages: a card's code hash knows the files of the package only.
            config = system_config(system, {})
            model = system_class(system).fit(known, config, language_model=root, scratch=root, seed=1)
            paths.system(key, system).mkdir(parents=True)
            model.save(paths.system(key, system))
    return paths
