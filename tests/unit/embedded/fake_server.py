"""A program with the command line of `techdesk.server` and nothing behind it, for tests of the process alone."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser()
for flag in ("--host", "--port", "--ready-file", "--token-file", "--database", "--sample", "--technician-file"):
    parser.add_argument(flag)
parser.add_argument("--stop-with-stdin", action="store_true")
parser.add_argument("--behave", default="well")
options = parser.parse_args()

if options.behave == "fail":
    sys.exit("no database")
Path(options.token_file).write_text("admin")
if options.technician_file and options.behave != "forget":
    Path(options.technician_file).write_text(
        json.dumps({"user": "Kim", "token": "for Kim", "password": "Kim's", "claims": ["CLAIM-1"]})
    )
if options.behave == "stay":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path(options.ready_file).write_text(f"http://127.0.0.1:{options.sample or 1}")
sys.stdin.read()
if options.behave == "stay":
    time.sleep(60)
