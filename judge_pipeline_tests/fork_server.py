"""Forks processes that have everything imported, for all workers of a test run: `python -m judge_pipeline_tests.fork_server ADDRESS`.

A connection is a request: a byte with the child's standard files or without, and a pickled function with its arguments. The
answers are lines: the process id of the child that calls it, and once the child has ended, its exit code. The server ends
when its standard input does.
"""

import importlib
import os
import pickle
import selectors
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn


def main(address: str) -> None:
    importlib.import_module("judge_pipeline_tests.preloaded")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen(64)
        Path(f"{address}.new").rename(address)  # from now on it can be found
        try:
            Server(listener).serve()
        finally:
            for file in (address, f"{address}.lock"):
                Path(file).unlink(missing_ok=True)


class Server:
    """Forks from its only thread."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._of_child: dict[int, socket.socket] = {}
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # which writes to the waker
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until standard input ends."""
        with selectors.DefaultSelector() as selector:
            for source in (self._listener, self._woken, sys.stdin):
                selector.register(source, selectors.EVENT_READ)
            while True:
                for source in [key.fileobj for key, _ in selector.select()]:
                    if source is sys.stdin:
                        return
                    if source is self._woken:
                        self._woken.recv(4096)
                        self._report_ends()
                    else:
                        self._fork(self._listener.accept()[0])

    def _fork(self, client: socket.socket) -> None:
        child = os.fork()
        if child == 0:
            self._answer(client)
        self._of_child[child] = client
        self._send(client, child)

    def _report_ends(self) -> None:
        while self._of_child:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            with self._of_child.pop(child) as client:
                self._send(client, os.waitstatus_to_exitcode(status))

    def _send(self, client: socket.socket, number: int) -> None:
        try:
            client.sendall(b"%d\n" % number)
        except OSError:
            return  # its test has ended

    def _answer(self, client: socket.socket) -> NoReturn:
        """Calls the function and exits. Nothing that was registered with `atexit` runs."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for inherited in (self._listener, self._woken, self._waker, *self._of_child.values()):
            inherited.close()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        try:
            _, files, _, _ = socket.recv_fds(client, 1, 3)
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            with client, client.makefile("rb") as request:
                function, arguments = pickle.load(request)
            function(*arguments)
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException:
            traceback.print_exc()
            code = 1
        threading._shutdown()  # type: ignore[attr-defined] # joins them
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
