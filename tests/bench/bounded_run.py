"""A program run to its end or a time limit, with its peak memory."""

import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "bench"


class RunFailed(Exception):
    pass


def run_bounded(command, log_path, limit_s):
    """Runs a command, its output to a file. Returns the peak resident memory in MiB."""
    with open(log_path, "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=ROOT)
    deadline = time.monotonic() + limit_s
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise RunFailed(f"stopped after {limit_s} s; output in {log_path}")
        time.sleep(0.1)
    if process.returncode != 0:
        raise RunFailed(f"exit code {process.returncode}; output in {log_path}")
    return usage.ru_maxrss // 1024
