"""Entry: `python -u millrace_host/__main__.py`; also imported by multiprocessing's children."""

if __name__ == "__main__":
    import os
    import sys

    # Only the package itself is to be found from here, and nothing of it by the predictor.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from millrace_host.host import run

    del sys.path[0]
    run()
