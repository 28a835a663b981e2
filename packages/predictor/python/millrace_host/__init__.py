"""Runs a Python predictor in a process of its own and speaks frames with the worker."""
