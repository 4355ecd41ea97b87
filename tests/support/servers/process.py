"""A server process that a test owns: started, stopped, killed and started again."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil


class ServerFailed(Exception):
    """The server did not start; the message carries the end of its log."""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(
    is_ready: Callable[[], bool], *, process: subprocess.Popen[bytes], log: Path, timeout_seconds: float
) -> None:
    """Return when the server answers. Raises ServerFailed if it ends or the time is up."""
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-2_000:]
            raise ServerFailed(f"{process.args!r} exit={process.returncode}: {tail}")
        time.sleep(0.05)


class ServerProcess:
    """One child process whose output goes to a file."""

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        """Without an `environment` it gets this process's own."""
        self._command = list(command)
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far; 0 when it does not run."""
        times = psutil.Process(self._process.pid).cpu_times() if self._process and self.is_running else None
        return times.user + times.system if times else 0.0

    @property
    def resident_bytes(self) -> int:
        """Memory in use; 0 when it does not run."""
        return psutil.Process(self._process.pid).memory_info().rss if self._process and self.is_running else 0

    def start(self, *, is_ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Start, and return when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )
        try:
            wait_until_ready(is_ready, process=self._process, log=self._log, timeout_seconds=timeout_seconds)
        except ServerFailed:
            self.end(signal.SIGKILL)
            raise

    def end(self, number: signal.Signals, *, with_children: bool = False, timeout_seconds: float = 30) -> None:
        """Send a signal and wait for the end; kill what does not end in time."""
        if self._process is None:
            return
        children = psutil.Process(self._process.pid).children() if with_children and self.is_running else []
        if self._process.poll() is None:
            self._process.send_signal(number)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(number)
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        psutil.wait_procs(children, timeout=timeout_seconds)
        self._process = None
