"""How the tasks of ``explainrec`` are balanced: uncertainty, PCGrad, adding up, and without the attribution task.

Command: ``python benchmarks/balancing.py PROJECT [row …]``; some minutes a row and seed. PROJECT is a clone in which
``prepare``, ``text_features`` and ``image_features`` of sample-shop and ``pretrained@language_model`` have run. Rows
that are not named stay in the record with the commit that they were computed at. Measured on validation rows while the
language model is heard as tuning leaves it; afterwards validation rows weigh it for every row alike. Expected: nothing;
each method claims to be better than adding up.
"""

import sys
import time
from pathlib import Path
from typing import Any

from fitting import fitted
from record import commit, earlier, write_record
from shop_tastes import shop_corpus

SEEDS = (20, 21)
ROWS: dict[str, dict[str, Any]] = {
    "uncertainty": {"balance": "uncertainty"},
    "PCGrad": {"balance": "pcgrad"},
    "added up": {"balance": "fixed"},
    "no attribution task": {"attribution_questions": 0},
}
"""Settings beside those of params.yaml."""
SHOWN = ("valid_uauc_scores", "attribution_agreement", "gap_weight", "head_agreement", "task_scales")
"""Facts of a fit."""


def main() -> None:
    """Measure the rows that are named, or all, and merge them into the record."""
    project, names = Path(sys.argv[1]), sys.argv[2:] or list(ROWS)
    corpus, rows = shop_corpus(project), earlier("balancing").get("rows", {})
    for seed in SEEDS:
        for name in names:
            started = time.perf_counter()
            facts = fitted("explainrec", ROWS[name], corpus, project, seed=seed).report()
            found = {fact: facts[fact] for fact in SHOWN if fact in facts}
            row = {**found, "seconds": round(time.perf_counter() - started, 1), "commit": commit()}
            rows.setdefault(name, {})[str(seed)] = row
            write_record("balancing", {"rows": rows}, seed=SEEDS[0])
            print(name, seed, row, flush=True)


if __name__ == "__main__":
    main()
