"""The section of the comparison page on who draws the list that is re-ranked."""

from cells import Record, interval, table

WAYS = {"alone": "its own order", "scores": "by `explainrec` alone", "fused": "both fused"}
HEADS = {"recall_at_20_score": "Recall@20", "ndcg_at_10_score": "NDCG@10", "recall_at_10_score": "Recall@10"}


def retrievers(record: Record) -> str:
    """Return one row a dataset and retriever."""
    body = [
        [
            key,
            f"`{name}`",
            interval(ways["alone"]["recall_at_20_score"]),
            *(interval(ways[way][metric]) for metric in ("ndcg_at_10_score", "recall_at_10_score") for way in WAYS),
        ]
        for key, found in record["result"]["datasets"].items()
        for name, ways in sorted(found["retrievers"].items(), key=lambda pair: pair[0] != "teacher")
    ]
    heads = ["dataset", "list drawn by", HEADS["recall_at_20_score"]]
    heads += [
        f"{HEADS[metric]}, {way}" for metric in ("ndcg_at_10_score", "recall_at_10_score") for way in WAYS.values()
    ]
    users = ", ".join(f"{found['users']} of {key}" for key, found in record["result"]["datasets"].items())
    note = (
        f"Lists of {record['result']['length']} new items for the users that `predict` ranks ({users}). `teacher` is "
        "the linear teacher of the labels, the default; `retriever` in params.yaml names another. `explainrec` alone "
        "orders by the probability of a like; fused are reciprocal ranks, the default (`retriever.order`)."
    )
    return f"{table(heads, body)}\n\n{note}"
