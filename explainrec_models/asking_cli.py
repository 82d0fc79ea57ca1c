"""The verbs that ask a finished system: `recommend`, and `explain`, which is a stage as long as no item is named."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explainrec_models.errors import ParamsError
from explainrec_models.options import PATHS, Dataset, for_system, read_params
from explainrec_models.running import run_stage

if TYPE_CHECKING:
    from explainrec_models.asking.described_item import Description
    from explainrec_models.asking.question import Question
    from explainrec_models.asking.visitor import Taste

PREFERRED, FALLBACK = "explainrec", "ease"
"""Systems that answer when none is named: the first one if params.yaml lists it."""
ABOUT = "About one item"
NEW = "A new item"

User = Annotated[str | None, typer.Option("--user", "-u", help="Id of a known user.")]
Likes = Annotated[
    list[str] | None, typer.Option("--likes", help="What a new user likes, id or title; repeat it, the latest last.")
]
Dislikes = Annotated[list[str] | None, typer.Option("--dislikes", help="What a new user does not like; likewise.")]
Top = Annotated[int, typer.Option("--top", "-n", min=1, max=100, help="Length of the list that the user sees.")]
Decides = Annotated[
    str | None,
    typer.Option("--system", "-s", help=f"System that decides; {PREFERRED} if params.yaml lists it, or {FALLBACK}."),
]
Title = Annotated[
    str | None, typer.Option("--new-item-title", rich_help_panel=NEW, help="Title of an item nobody has rated.")
]
Words = Annotated[str | None, typer.Option("--new-item-text", rich_help_panel=NEW, help="Its description.")]
Attributes = Annotated[
    list[str] | None, typer.Option("--new-item-attribute", rich_help_panel=NEW, help="genre:Drama; repeat it.")
]
Picture = Annotated[Path | None, typer.Option("--new-item-picture", rich_help_panel=NEW, help="File of its picture.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def recommend(  # noqa: PLR0913, PLR0917 - one option a fact
    dataset: Dataset,
    user: User = None,
    likes: Likes = None,
    dislikes: Dislikes = None,
    top: Top = 5,
    system: Decides = None,
    new_item_title: Title = None,
    new_item_text: Words = None,
    new_item_attribute: Attributes = None,
    new_item_picture: Picture = None,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Recommend items to a known or a new user, each with the system's own reason."""
    who = _who(user, likes, dislikes)
    new = _described(new_item_title, new_item_text, new_item_attribute, new_item_picture)
    question = _question(dataset, system, new, user=who, top=top)
    from explainrec_models.answering import show
    from explainrec_models.serving import recommend as answer

    show(answer(PATHS, question, new_item=new), as_json=as_json)


def explain(  # noqa: PLR0913, PLR0917 - one option a fact
    dataset: Dataset,
    system: Decides = None,
    item: Annotated[
        str | None, typer.Option("--item", "-i", rich_help_panel=ABOUT, help="Item to ask about, id or title.")
    ] = None,
    instead_of: Annotated[
        str | None, typer.Option("--instead-of", rich_help_panel=ABOUT, help="Why that item and not this one.")
    ] = None,
    user: User = None,
    likes: Likes = None,
    dislikes: Dislikes = None,
    top: Top = 5,
    new_item_title: Title = None,
    new_item_text: Words = None,
    new_item_attribute: Attributes = None,
    new_item_picture: Picture = None,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Give the reasons of a system's recommendations and test them by deletion; with --item, say why one item."""
    new = _described(new_item_title, new_item_text, new_item_attribute, new_item_picture)
    if item is None and new is None:
        _refuse_without_item({"--user": user, "--likes": likes, "--dislikes": dislikes, "--instead-of": instead_of})
        _stage(dataset, system)
        return
    if item is not None and new is not None:
        message = (
            f"--item {item!r} is of the catalogue and --new-item-title describes one outside of it: give one of both."
        )
        raise ParamsError(message)
    who = _who(user, likes, dislikes)
    question = _question(dataset, system, new, user=who, top=top)
    from explainrec_models.answering import show_why
    from explainrec_models.why import why

    about = new if item is None else item
    assert about is not None
    show_why(why(PATHS, question, about, instead_of=instead_of), as_json=as_json)


def _stage(dataset: str, system: str | None) -> None:
    if system is None:
        message = (
            "without --item, explain is a stage of the pipeline and needs --system. To ask why one item: --item TITLE "
            "with --user ID, or with --likes TITLE for somebody new."
        )
        raise ParamsError(message)
    from explainrec_models.stages.explain import explain as stage

    params, inputs = for_system(dataset, system)
    run_stage(
        "explain",
        f"{dataset}-{system}",
        lambda: stage(
            PATHS.explanations(dataset, system),
            system=system,
            fitted=PATHS.system(dataset, system),
            predictions=PATHS.predictions(dataset, system),
            seed=params.seed,
            **inputs,
            **params.explanations.model_dump(),
        ),
    )


def _refuse_without_item(given: dict[str, Any]) -> None:
    names = [name for name, value in given.items() if value]
    if names:
        asks = "asks" if len(names) == 1 else "ask"
        message = (
            f"{' and '.join(names)} {asks} about one item: name it with --item TITLE, or describe a new one with "
            "--new-item-title."
        )
        raise ParamsError(message)


def _who(user: str | None, likes: list[str] | None, dislikes: list[str] | None) -> "str | Taste":
    described = [name for name, value in (("--likes", likes), ("--dislikes", dislikes)) if value]
    if user is not None and described:
        message = (
            f"--user {user} names a known user and {' and '.join(described)} describe a new one: give the one or the "
            "other."
        )
        raise ParamsError(message)
    if user is not None:
        return user
    if not described:
        message = (
            "it is not said who asks: give --user ID for a known user, or --likes TITLE and --dislikes TITLE (each as "
            "often as you like) for a new one."
        )
        raise ParamsError(message)
    from explainrec_models.asking.visitor import Taste

    return Taste(tuple(likes or ()), tuple(dislikes or ()))


def _described(
    title: str | None, text: str | None, attributes: list[str] | None, picture: Path | None
) -> "Description | None":
    given = {"--new-item-text": text, "--new-item-attribute": attributes, "--new-item-picture": picture}
    names = [name for name, value in given.items() if value]
    if title is None:
        if names:
            message = f"{' and '.join(names)} describe a new item that has no title: add --new-item-title TITLE."
            raise ParamsError(message)
        return None
    from explainrec_models.asking.described_item import Description

    return Description(title, text or "", tuple(attributes or ()), picture)


def _question(
    dataset: str, system: str | None, new: "Description | None", *, user: "str | Taste", top: int
) -> "Question":
    """Return what both verbs ask, with what params.yaml says."""
    params = read_params()
    source = params.source(dataset)
    decides = system or (PREFERRED if PREFERRED in params.systems else FALLBACK)
    params.require_system(decides)
    if new is not None:
        from explainrec_models.asking.described_item import require_new_items

        require_new_items(decides, params.systems)
    from explainrec_models.asking.question import Question

    return Question(
        dataset,
        source.noun,
        decides,
        user,
        top,
        params.retriever,
        params.evaluation.retrieved,
        params.explanations.cited,
    )
