"""Prediction tables in, numbers out; knows no system."""
