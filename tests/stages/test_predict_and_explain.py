"""From a fitted system to scores, rankings, reasons and deletions, on invented ratings and real code."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from invented import DAY, corpus, interactions, write_prepared
from tiny_model import write_tiny_language_model

from explainrec_models import systems
from explainrec_models.asking.question import Question
from explainrec_models.data import schema
from explainrec_models.data.corpus import load_corpus
from explainrec_models.data.histories import Histories
from explainrec_models.data.outputs import write_json
from explainrec_models.data.paths import Paths
from explainrec_models.errors import MissingArtefactError, NothingToLearnError, ParamsError, UnknownNameError
from explainrec_models.params import Retriever
from explainrec_models.parts.speaks import Speaks
from explainrec_models.parts.teaching import fit_teacher
from explainrec_models.registry import system_class
from explainrec_models.retrievers import load_retriever
from explainrec_models.serving import recommend
from explainrec_models.stages.card import card
from explainrec_models.stages.explain import explain
from explainrec_models.stages.predict import predict
from explainrec_models.stages.pretrained import pretrained
from explainrec_models.stages.tune import tune
from explainrec_models.systems import rates
from explainrec_models.why import why

KEY = "invented"
SYSTEMS = ["ease", "popularity", "rates"]
TEACHER = Retriever()
QUICK = {"epochs": 1, "attribution_questions": 4}


@contextmanager
def listed_system(name: str, folder: Path) -> Iterator[None]:
    """Let the code of `rates` be one more system file, whose card says that it re-ranks a list."""
    folder.mkdir()
    for path in Path(systems.__path__[0]).glob("*.py"):
        (folder / path.name).symlink_to(path)
    code = Path(rates.__file__).read_text(encoding="utf-8")
    (folder / f"{name}.py").write_text(code.replace("full_ranking=True", "full_ranking=False"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(systems, "__path__", [str(folder)])
        yield


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A data folder with everything up to the fitted systems."""
    paths = Paths(tmp_path_factory.mktemp("data"))
    known = corpus()
    write_prepared(paths.prepared(KEY), known)
    rows = interactions()
    later = rows.filter(pl.col(schema.TIMESTAMP) >= 70 * DAY)
    targets = later.select(
        schema.USER_ID,
        schema.ITEM_ID,
        schema.LIKED,
        pl.lit(value=True).alias(schema.WARM_USER),
        pl.lit(value=True).alias(schema.WARM_ITEM),
    ).sort(schema.USER_ID, schema.ITEM_ID)
    stranger = targets.head(1).with_columns(
        pl.lit("zz").alias(schema.USER_ID), pl.lit(value=False).alias(schema.WARM_USER)
    )
    paths.heldout(KEY).mkdir(parents=True)
    targets.write_parquet(paths.heldout(KEY) / "valid.parquet")
    pl.concat([targets, stranger]).write_parquet(paths.heldout(KEY) / "test.parquet")
    targets.filter(pl.col(schema.LIKED) == 1).select(schema.USER_ID, schema.ITEM_ID).write_parquet(
        paths.heldout(KEY) / "liked_test.parquet"
    )
    teacher = fit_teacher(known, [], regularisation=1.0, decays=(1.0,)).teacher
    (paths.labels(KEY) / "teacher").mkdir(parents=True)
    teacher.save(paths.labels(KEY) / "teacher")
    write_json(paths.root / "none.json", {})
    for system in SYSTEMS:
        card(paths.card(system), system=system, settings={}, seed=1, language_model=Path())
        tune(
            paths.system(KEY, system),
            card=paths.card(system),
            prepared=paths.prepared(KEY),
            features={},
            key=KEY,
            noun="film",
            language_model=Path(),
            scratch=paths.root / "scratch",
        )
        run_predict(paths, system, paths.predictions(KEY, system))
        run_explain(paths, system, paths.explanations(KEY, system))
    return paths


def run_predict(paths: Paths, system: str, out: Path, retriever: Retriever = TEACHER, *, retrieved: int = 4) -> None:
    predict(
        out,
        system=system,
        fitted=paths.system(KEY, system),
        prepared=paths.prepared(KEY),
        heldout=paths.heldout(KEY),
        retriever=retriever,
        found_by=paths.retriever(KEY, retriever),
        key=KEY,
        noun="film",
        language_model=Path(),
        retrieved=retrieved,
        length=5,
    )


def run_explain(paths: Paths, system: str, out: Path) -> None:
    explain(
        out,
        system=system,
        fitted=paths.system(KEY, system),
        prepared=paths.prepared(KEY),
        predictions=paths.predictions(KEY, system),
        key=KEY,
        noun="film",
        language_model=Path(),
        users=4,
        items=2,
        cited=2,
        seed=3,
    )


def read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_target_is_scored_from_the_right_history(paths: Paths, system: str) -> None:
    known = load_corpus(paths.prepared(KEY), key=KEY, noun="film")
    model = system_class(system).load(paths.system(KEY, system), known, language_model=Path())
    scored = read(paths.predictions(KEY, system), "pointwise")
    assert scored.height == sum(read(paths.heldout(KEY), name).height for name in ("valid", "test"))
    past = {
        schema.VALID: known.histories,
        schema.TEST: Histories(pl.concat([known.train, known.valid])),
    }
    for row in scored.sample(10, seed=0).iter_rows(named=True):
        history = past[row[schema.SPLIT]].get(row[schema.USER_ID])
        if history is not None:
            expected = model.score([history], [[row[schema.ITEM_ID]]])[0, 0]
            assert row[schema.SCORE] == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("system", SYSTEMS)
def test_rankings_leave_out_the_history_and_fall(paths: Paths, system: str) -> None:
    known = load_corpus(paths.prepared(KEY), key=KEY, noun="film")
    histories = Histories(pl.concat([known.train, known.valid]))
    ranking = read(paths.predictions(KEY, system), "ranking")
    for (user,), best in ranking.group_by(schema.USER_ID):
        ordered = best.sort(schema.RANK)
        assert ordered[schema.RANK].to_list() == list(range(1, best.height + 1))
        assert (np.diff(ordered[schema.SCORE].to_numpy()) <= 0).all()
        assert not set(ordered[schema.ITEM_ID]) & set(histories[str(user)].item_ids)


def test_strangers_are_scored_but_not_ranked(paths: Paths) -> None:
    scored = read(paths.predictions(KEY, "rates"), "pointwise")
    assert scored.filter(pl.col(schema.USER_ID) == "zz").height == 1
    assert "zz" not in read(paths.predictions(KEY, "rates"), "ranking")[schema.USER_ID]


def test_contributions_of_exact_systems_sum_to_the_score(paths: Paths) -> None:
    for system in SYSTEMS:
        slots = read(paths.explanations(KEY, system), "contributions")
        sums = slots.group_by(schema.USER_ID, schema.ITEM_ID).agg(
            pl.col(schema.CONTRIBUTION).sum(), pl.col(schema.SCORE).first()
        )
        np.testing.assert_allclose(sums[schema.CONTRIBUTION], sums[schema.SCORE], atol=1e-5)


def test_the_same_users_are_explained_for_every_system(paths: Paths) -> None:
    users = [set(read(paths.explanations(KEY, system), "reasons")[schema.USER_ID]) for system in SYSTEMS]
    assert users[0] == users[1] == users[2]
    assert len(users[0]) == 4


def test_reasons_cite_the_history_only(paths: Paths) -> None:
    for row in read(paths.explanations(KEY, "ease"), "reasons").iter_rows(named=True):
        assert set(row["cited"]) <= set(row["history"])
        assert len(row["history"]) == len(row["history_liked"])


def test_deletions_are_what_the_system_says_without_the_items(paths: Paths) -> None:
    known = load_corpus(paths.prepared(KEY), key=KEY, noun="film")
    model = system_class("ease").load(paths.system(KEY, "ease"), known, language_model=Path())
    histories = Histories(pl.concat([known.train, known.valid]))
    reasons = read(paths.explanations(KEY, "ease"), "reasons")
    cited = {(row["user_id"], row["item_id"]): row["cited"] for row in reasons.iter_rows(named=True)}
    rows = read(paths.explanations(KEY, "ease"), "deletions").filter(pl.col("removed") == "cited")
    assert rows.height == sum(bool(items) for items in cited.values())
    for row in rows.iter_rows(named=True):
        without = histories[row["user_id"]].without(cited[row["user_id"], row["item_id"]])
        expected = model.score([without], [[row["item_id"]]])[0, 0]
        assert row["score_without"] == pytest.approx(float(expected), abs=1e-5)


def test_stages_repeat_byte_for_byte(paths: Paths, tmp_path: Path) -> None:
    run_predict(paths, "ease", tmp_path / "predictions")
    run_explain(paths, "ease", tmp_path / "explanations")
    for name, folder in (
        ("predictions", paths.predictions(KEY, "ease")),
        ("explanations", paths.explanations(KEY, "ease")),
    ):
        for path in folder.iterdir():
            assert (tmp_path / name / path.name).read_bytes() == path.read_bytes(), path.name


def ask(paths: Paths, system: str, user: str, retriever: Retriever = TEACHER) -> list[str]:
    answer = recommend(paths, Question(KEY, "film", system, user, 3, retriever, retrieved=4, cited=2))
    return [item.item_id for item in answer.recommendations]


def placed(paths: Paths, system: str, user: str, item: str, retriever: Retriever) -> int | None:
    found = why(paths, Question(KEY, "film", system, user, 3, retriever, retrieved=4, cited=2), item)
    return found.standing.place


def test_answers_equal_the_predicted_ranking(paths: Paths) -> None:
    ranking = read(paths.predictions(KEY, "ease"), "ranking")
    user = ranking[schema.USER_ID][0]
    expected = ranking.filter(pl.col(schema.USER_ID) == user).sort(schema.RANK)[schema.ITEM_ID].to_list()[:3]
    assert ask(paths, "ease", user) == expected[:3]


def test_a_system_may_draw_the_list_that_another_re_ranks(paths: Paths, tmp_path: Path) -> None:
    with listed_system("rates_of_a_list", tmp_path / "systems"):
        shutil.copytree(paths.system(KEY, "rates"), paths.system(KEY, "rates_of_a_list"))
        found: dict[str, dict[str, str]] = {}
        for finder in (TEACHER, Retriever(kind="systems", name="popularity")):
            # Users have not seen two or three of the eight films: a list of one shows who drew it.
            run_predict(paths, "rates_of_a_list", tmp_path / finder.name, finder, retrieved=1)
            found[finder.name] = dict(read(tmp_path / finder.name, "ranking")[[schema.USER_ID, schema.ITEM_ID]].rows())
            run_predict(paths, "rates_of_a_list", tmp_path / "longer", finder)
            ranking = read(tmp_path / "longer", "ranking")
            user = ranking[schema.USER_ID][0]
            best = ranking.filter(pl.col(schema.USER_ID) == user).sort(schema.RANK)[schema.ITEM_ID].to_list()
            assert ask(paths, "rates_of_a_list", user, finder) == best[:3]
            assert [placed(paths, "rates_of_a_list", user, item, finder) for item in best] == [*range(1, len(best) + 1)]
    popular = read(paths.predictions(KEY, "popularity"), "ranking").filter(pl.col(schema.RANK) == 1)
    assert found["popularity"] == dict(popular[[schema.USER_ID, schema.ITEM_ID]].rows())
    assert found["popularity"] != found["teacher"]


def test_a_retriever_must_rank_the_whole_catalogue_and_know_something(paths: Paths, tmp_path: Path) -> None:
    corpus_here = load_corpus(paths.prepared(KEY), key=KEY, noun="film")

    def load(name: str, folder: Path) -> object:
        return load_retriever(Retriever(kind="systems", name=name), folder, corpus_here, language_model=Path())

    with pytest.raises(ParamsError, match=r"tallrec cannot be the retriever.*: boosted, ease, popularity, "):
        load("tallrec", tmp_path)
    with pytest.raises(MissingArtefactError, match="tune@invented-sasrec"):
        load("sasrec", tmp_path / "nothing")
    write_json(tmp_path / "report.json", {"unusable": "no training row is a like"})
    with pytest.raises(NothingToLearnError, match=r"sasrec finds nothing in invented: no training row .* Name"):
        load("sasrec", tmp_path)


def test_unknown_users_and_missing_systems_are_named(paths: Paths) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown user 'u99'\. Nearest known: "):
        ask(paths, "ease", "u99")
    with pytest.raises(MissingArtefactError, match="tune@invented-tallrec"):
        ask(paths, "tallrec", "u1")


def test_explainrec_words_its_reasons_and_repeats_them(paths: Paths, tmp_path: Path) -> None:
    language_model, fitted = tmp_path / "language-model", tmp_path / "fitted"
    tiny = write_tiny_language_model(tmp_path / "tiny")
    pretrained(language_model, role="language_model", name=str(tiny))
    card(tmp_path / "card.json", system="explainrec", settings=QUICK, seed=1, language_model=language_model)
    tune(
        fitted,
        card=tmp_path / "card.json",
        prepared=paths.prepared(KEY),
        features={},
        key=KEY,
        noun="film",
        language_model=language_model,
        scratch=tmp_path / "scratch",
    )
    outs = [tmp_path / "one", tmp_path / "other"]
    for out in outs:
        explain(
            out,
            system="explainrec",
            fitted=fitted,
            prepared=paths.prepared(KEY),
            predictions=paths.predictions(KEY, "ease"),
            key=KEY,
            noun="film",
            language_model=language_model,
            users=2,
            items=2,
            cited=2,
            seed=3,
        )
    one, other = ((out / "reasons.parquet").read_bytes() for out in outs)
    assert one == other
    known = load_corpus(paths.prepared(KEY), key=KEY, noun="film")
    histories = Histories(pl.concat([known.train, known.valid]))
    model = system_class("explainrec").load(fitted, known, language_model=language_model)
    assert isinstance(model, Speaks)
    for row in read(outs[0], "reasons").iter_rows(named=True):
        history = histories[row["user_id"]]
        (explanation,) = model.explain(history, [row["item_id"]])
        assert (row["reason"], row["cited"]) == model.sentence(explanation, history, known.titles, cited=2)
