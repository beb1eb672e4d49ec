"""Runs pytest with forked workers: `python -m judge_pipeline_tests.forked_workers NUMBER [PYTEST OPTIONS]`.

Libraries and tests are imported once, for 8 s of processor time; then pytest and the fork server are two processes, and each
worker is forked from the server. xdist starts this file as the workers' Python. It imports little, has the server fork the
worker with its own standard files, and waits for it.

All folders of tests are in memory if it has room for them: there are thousands of databases, and each commit waits for a disk.
Those of failed tests are copied to `.pytest_cache/failed` at the end.
"""

import os
import socket
import sys


def run(number: str, *options: str) -> int:
    """Imports everything, forks the server and runs pytest. Returns pytest's exit code."""
    import contextlib
    import io
    import shutil
    import tempfile
    from pathlib import Path

    import pytest

    from judge_pipeline_tests.memory import keep_failed, memory_folder
    from judge_pipeline_tests.processes import wait_until

    # No TemporaryDirectory, which the first forked process that ends would remove from under the others.
    folder = tempfile.mkdtemp(dir=memory_folder())
    try:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        address = os.environ["TESTS_FORK_SERVER"] = f"{folder}/server"
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main(
                [*options, "--collect-only", "-qq", "-p", "no:cacheprovider"]
            )  # their profile of hypothesis too
        theirs, ours = os.pipe()
        if (server := os.fork()) == 0:
            os.close(ours)
            serve(address, standard_input=theirs)
        os.close(theirs)
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        wait_until(lambda: Path(address).exists() or os.waitid(os.P_PID, server, ended), seconds=300)
        worker = f"{sys.executable} -S -E {__file__}"
        workers = ("--tx", f"{number}*popen//python={worker}", "--dist", "worksteal")
        code = pytest.main([*workers, f"--basetemp={folder}/t", *options])  # short, for the sake of Unix sockets
        os.close(ours)
        os.waitpid(server, 0)
        kept = Path(".pytest_cache", "failed")
        if keep_failed(Path(folder, "t"), kept):
            sys.stdout.write(f"The folders of failed tests are in {kept}.\n")
        return int(code)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(address: str, *, standard_input: int) -> None:
    """In the forked process: is the fork server, and exits."""
    import traceback

    from judge_pipeline_tests import fork_server

    try:
        os.dup2(standard_input, 0)
        fork_server.main(address)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def become_worker(environment: dict[str, str], code: str) -> None:
    """In the forked process: does what the `python -c` of a worker does."""
    import atexit

    from judge_pipeline_tests.forked import use_standard_files

    os.environ.clear()
    os.environ.update(environment)
    use_standard_files()
    exec(code, {"__name__": "__main__"})
    atexit._run_exitfuncs()


def hand_over(code: str) -> int:
    """Has the worker forked. Returns its exit code."""
    import pickle

    server = socket.socket(socket.AF_UNIX)
    server.connect(os.environ["TESTS_FORK_SERVER"])
    socket.send_fds(server, [b"."], [0, 1, 2])
    sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120
    from judge_pipeline_tests.forked_workers import become_worker as importable

    server.sendall(pickle.dumps((importable, (dict(os.environ), code))))
    with server.makefile("r") as answers:
        return int(answers.read().split()[1])


if __name__ == "__main__":
    sys.exit(hand_over(sys.argv[-1]) if "-c" in sys.argv else run(*sys.argv[1:]))
