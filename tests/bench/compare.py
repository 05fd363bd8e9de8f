"""Runs the worker and a plain loop over llama.cpp in turns on one model, and prints the ratio of their medians.

    compare.py RELEASE_FOLDER MODEL.gguf
"""

import json
import os
import statistics
import subprocess
import sys

ROUNDS, TOKENS = 5, 64


def run(*command):
    # The engine gives its worker this setting; the reference gets the same.
    environment = os.environ | {"GOMP_SPINCOUNT": "10000"}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return json.loads(output.strip().splitlines()[-1])


def main():
    release, model = sys.argv[1:]
    threads = str(len(os.sched_getaffinity(0)))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(run(f"{release}/examples/speed", f"{release}/drawbridge-engine", model, str(TOKENS), "1"))
        theirs.append(run(f"{release}/examples/reference", model, str(TOKENS), threads))
    worker = statistics.median(report["arriving_tokens_per_second"] for report in ours)
    reference = statistics.median(report["tokens_per_second"] for report in theirs)
    print(json.dumps({"worker": worker, "reference": reference, "ratio": worker / reference, "rounds": ROUNDS, "tokens": TOKENS}))


main()
