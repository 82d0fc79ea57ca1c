"""The invented shop behind data/sample, written by data/sample/generate.py."""
