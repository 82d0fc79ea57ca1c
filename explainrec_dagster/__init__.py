"""Dagster definitions over the stages of dvc.yaml; no computation lives here."""
