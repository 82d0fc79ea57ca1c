"""The committed shop taken through ``prepare`` and ``attribution_labels``, shared by tests of later stages."""

from pathlib import Path

from explainrec_models.data.request import Request
from explainrec_models.params import Split
from explainrec_models.stages.attribution_labels import attribution_labels
from explainrec_models.stages.prepare import prepare

SHOP = Path(__file__).parents[1] / "data/sample/shop"


def prepare_shop(root: Path, raw: Path = SHOP) -> None:
    """Write ``prepared`` and ``heldout`` below ``root`` from a copy of the shop's files."""
    prepare(
        root / "prepared",
        root / "heldout",
        key="shop",
        raw=raw,
        layout="amazon-2023",
        request=Request(categories=("Mugs", "Notebooks", "Lamps")),
        like_threshold=4,
        choice=Split(valid_from="2022-07-01", test_from="2022-10-01"),
        users=50,
        rows_per_user=5,
        seed=1,
    )


def label_shop(root: Path, out: Path, *, looks: int) -> None:
    """Write the labels from ``prepared``, ``image`` and ``text`` below ``root``."""
    attribution_labels(
        out,
        prepared=root / "prepared",
        image=root / "image",
        text=root / "text",
        key="shop",
        noun="product",
        regularisation=100.0,
        decays=(1.0, 0.9),
        looks=looks,
        topics=4,
        history_length=10,
        seed=3,
    )
