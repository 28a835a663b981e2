"""Runs a Python predictor in its own process and exchanges frames with the worker."""
