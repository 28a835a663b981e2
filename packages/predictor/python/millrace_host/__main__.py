"""Entry point: `python -u millrace_host/__main__.py`; multiprocessing's children import it too."""

if __name__ == "__main__":
    import os
    import sys

    # From here only the package itself can be imported, and the predictor can import none of it.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from millrace_host.host import run

    del sys.path[0]
    run()
