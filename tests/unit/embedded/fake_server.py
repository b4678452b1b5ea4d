"""A program with the command line of `techdesk.server` and nothing behind it, for tests of the process alone."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

if sys.argv[1:2] in (["user"], ["token"]):
    state = Path(sys.argv[sys.argv.index("--database") + 1].removeprefix("sqlite:///"))
    users = json.loads(state.read_text()) if state.exists() else []
    if sys.argv[1:3] == ["user", "list"]:
        print(json.dumps({"users": users}))
    elif sys.argv[1:3] == ["user", "add"]:
        assert len(sys.stdin.read()) > 20
        state.write_text(json.dumps([*users, {"name": sys.argv[3], "role": sys.argv[5], "active": True}]))
        print("{}")
    else:
        print(json.dumps({"token": "for " + sys.argv[sys.argv.index("--user") + 1]}))
    sys.exit()

parser = argparse.ArgumentParser()
for flag in ("--host", "--port", "--ready-file", "--token-file", "--database", "--sample"):
    parser.add_argument(flag)
parser.add_argument("--stop-with-stdin", action="store_true")
parser.add_argument("--behave", default="well")
options = parser.parse_args()

if options.behave == "fail":
    sys.exit("no database")
Path(options.token_file).write_text("admin")
if options.behave == "stay":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path(options.ready_file).write_text(f"http://127.0.0.1:{options.sample or 1}")
sys.stdin.read()
if options.behave == "stay":
    time.sleep(60)
