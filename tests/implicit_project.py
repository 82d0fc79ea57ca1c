"""Project folders around invented events without ratings: LLMRank's files with candidates, and a shop's own table.

Forty users; even ones buy of the items 0 to 5, odd ones of 6 to 11, with an event of the other kind now and then.
"""

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from shop_project import PARAMS, TALLREC, run, write_shop_project

KEY = "events"
SYSTEMS = ("popularity", "rates", "ease", "tallrec")
USERS, ITEMS, LENGTH, LISTED = 40, 12, 5, 6
CANDIDATES_OF = 30
"""The first of the users have a published list."""
HEADER = "user_id:token\titem_id_list:token_seq\titem_id:token\n"


def sequences() -> dict[str, list[str]]:
    """Return what each user did, in order."""
    generator = np.random.default_rng(7)
    found = {}
    for user in range(USERS):
        own = generator.permutation(6) + 6 * (user % 2)
        events = [int(item) for item in own[:LENGTH]]
        if user % 5 == 0:
            events[1] = int(generator.integers(6)) + 6 * ((user + 1) % 2)
        found[f"u{user:02}"] = [f"i{item:02}" for item in events]
    return found


def candidates() -> dict[str, list[str]]:
    """Return the published lists: never the last event of the user."""
    generator = np.random.default_rng(11)
    lists = {}
    for user, events in list(sequences().items())[:CANDIDATES_OF]:
        others = [f"i{item:02}" for item in range(ITEMS) if f"i{item:02}" != events[-1]]
        lists[user] = [others[place] for place in generator.permutation(len(others))[:LISTED]]
    return lists


def write_llmrank(folder: Path) -> dict[str, Any]:
    """Write the files and return the entry for ``sources``."""
    folder.mkdir()
    rows = sequences().items()
    for name, last in (("test", LENGTH - 1), ("valid", LENGTH - 2)):
        lines = [f"{user}\t{' '.join(events[:last])}\t{events[last]}\n" for user, events in rows]
        (folder / f"Toys.{name}.inter").write_text(HEADER + "".join(lines), encoding="utf-8")
    titles = "".join(f"i{item:02}\tToy number {item}\n" for item in range(ITEMS))
    (folder / "Toys.item").write_text("item_id:token\ttitle:token_seq\n" + titles, encoding="utf-8")
    lists = "".join(f"{user}\t{' '.join(items)}\n" for user, items in candidates().items())
    (folder / "Toys.random").write_text(lists, encoding="utf-8")
    return {"layout": "llmrank", "location": str(folder), "like_threshold": 1, "split": {"recipe": "given"}}


def write_table(folder: Path) -> dict[str, Any]:
    """Write a CSV file without ratings and return the entry for ``sources``."""
    folder.mkdir()
    lines = [
        f"{user},{item},{1_700_000_000 + place}\n" for user, of in sequences().items() for place, item in enumerate(of)
    ]
    (folder / "bought.csv").write_text("customer,sku,at\n" + "".join(lines), encoding="utf-8")
    columns = {"user_id": "customer", "item_id": "sku", "timestamp": "at"}
    return {
        "layout": "table",
        "location": str(folder / "bought.csv"),
        "columns": columns,
        "like_threshold": 1,
        "split": {"recipe": "leave-one-out"},
    }


def write_project(root: Path, source: dict[str, Any]) -> None:
    """Write params.yaml and the tiny models into the folder."""
    write_shop_project(root, SYSTEMS)
    params = {
        **PARAMS,
        "datasets": [KEY],
        "sources": {KEY: source},
        "systems": list(SYSTEMS),
        "system_settings": {"tallrec": TALLREC},
        "quality": {"raw": {"min_interactions": 10, "min_items": 5, "max_missing_title_share": 1.0}},
    }
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def run_everything() -> None:
    """Run every stage in the folder that one is in."""
    dataset = ("-d", KEY)
    before = ("fetch", "validate", "prepare", "image-features", "text-features", "attribution-labels")
    for stage in before:
        run((stage, *dataset))
    for system in SYSTEMS:
        run(("card", "-s", system))
        for stage in ("tune", "predict", "explain"):
            run((stage, *dataset, "-s", system))
    for words in (("check", *dataset), ("evaluate", *dataset), ("report",)):
        run(words)
