"""Runs one verifier script over many receipts in one process, as if each had its own.

    python batch.py VERIFIER.py LIST    LIST: lines of RECEIPT<tab>PUBLIC_KEY; prints one exit code a line

The script is run anew, unchanged, for each line, with the arguments of that line; what it imports is
imported once.
"""

import contextlib, io, os, runpy, sys

script, path = sys.argv[1:]
sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
for line in open(path, encoding="utf-8").read().splitlines():
    sys.argv = [script, *line.split("\t")]
    code = 0
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except Exception:
            code = 99  # fell over: neither accepted nor refused
    print(code, flush=True)
