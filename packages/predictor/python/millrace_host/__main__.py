"""Entry point: `python -u millrace_host/__main__.py`; multiprocessing's children import it too."""

if __name__ == "__main__":
    import os
    import sys

    # From here only the packages beside this one can be imported first. Afterwards they come last:
    # the predictor imports `millrace`, and its own modules take precedence over all of them.
    packages = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[0] = packages
    from millrace_host.host import run

    del sys.path[0]
    sys.path.append(packages)
    run()
