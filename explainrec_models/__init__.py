"""The library: data, systems, evaluation and stages of explainrec; it imports neither dagster nor dvc."""
