"""The section of docs/comparison.md on `sasrec`, from its record."""

from collections.abc import Mapping
from typing import Any

METRICS = ("recall_at_10_score", "ndcg_at_10_score")
PUBLISHED = {
    "BERT4Rec, original code (as measured in asash/bert4rec_repro)": (0.1518, 0.0806),
    "SASRec, original code (as measured in asash/bert4rec_repro)": (0.1993, 0.1078),
    "SASRec, one negative (arXiv 2309.07602)": (0.2500, 0.1341),
    "BERT4Rec (arXiv 2309.07602)": (0.2843, 0.1537),
    "gSASRec (its repository, asash/gSASRec-pytorch)": (0.3003, 0.1726),
    "SASRec+, cross-entropy (arXiv 2309.07602)": (0.3152, 0.1821),
}
"""Main results there, in the order of ``METRICS``."""


def sasrec(record: Mapping[str, Any]) -> str:
    """Return the table of `sasrec` on ML-1M beside published results, weakest first."""
    result = record["result"]
    lines = [
        "| ML-1M, leave one out, full ranking | R@10 | NDCG@10 |",
        "| --- | --- | --- |",
        f"| `sasrec` | {_cells(result['metrics'])} |",
        f"| `sasrec`, items seen before ranked too | {_cells(result['metrics_with_seen_items_ranked'])} |",
        *(f"| *{name}* | *{recall:.4f}* | *{ndcg:.4f}* |" for name, (recall, ndcg) in PUBLISHED.items()),
    ]
    fit, settings = result["fit"], result["settings"]
    reached = "reached" if result["reached"] else "missed"
    valid = max(fit["valid_ndcg_at_10_scores"])
    note = (
        f"{result['rows']:,} rows, {result['users']:,} users, {result['items']:,} items, every rating a positive; the "
        "last item of each user is the test, the one before it validation. Items of the user's past are not ranked, as "
        f"in arXiv 2309.07602. R@10 of {result['mark']:.2f} was the mark: {reached}. "
        f"{fit['epochs']} of at most {settings['epochs']} epochs over the last {settings['history_length']} items and "
        f"older windows, width {settings['embedding_size']}, epoch {fit['kept_epoch']} kept by validation NDCG@10 "
        f"({valid:.4f}); {result['fit_processor_seconds']:.0f} s of processor time to fit."
    )
    return "\n".join(lines) + f"\n\n{note}"


def _cells(metrics: Mapping[str, Mapping[str, float]]) -> str:
    found = [metrics[name] for name in METRICS]
    return " | ".join(f"{one['value']:.4f} [{one['low']:.4f}, {one['high']:.4f}]" for one in found)
