"""A real PostgreSQL server from the system's own binaries, on a free port with its data in a directory: no Docker."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.servers.process import ServerFailed, ServerProcess, free_port

_HOMES = Path("/usr/lib/postgresql")
_SYSTEM_USER = "postgres"


def newest_binaries() -> Path | None:
    """The folder of the newest installed server's binaries."""
    versions = sorted(_HOMES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


class PostgresServer:
    """One server with one superuser, `postgres`. It keeps port and data over stop, kill and start."""

    def __init__(self, directory: Path) -> None:
        """Make an empty cluster in `directory`."""
        binaries = newest_binaries()
        if binaries is None:
            raise ServerFailed("PostgreSQL is not installed (apt-get install postgresql)")
        self._directory = directory
        self._binaries = binaries
        self._port = free_port()
        self._make_cluster()
        self._process = ServerProcess(self._server_command(), log=directory / "server.log")

    @property
    def port(self) -> int:
        return self._port

    def url(self, database: str) -> str:
        """What libpq and psycopg take."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start, and return when it accepts connections."""
        self._process.start(is_ready=self._accepts, timeout_seconds=60)

    def stop(self) -> None:
        """Shut down, ending open sessions."""
        self._process.end(signal.SIGINT)

    def kill(self) -> None:
        """kill -9 of the server and all its sessions."""
        self._process.end(signal.SIGKILL, with_children=True)

    def _make_cluster(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        if _is_root():
            user = pwd.getpwnam(_SYSTEM_USER)
            os.chown(self._directory, user.pw_uid, user.pw_gid)
        command = [str(self._binaries / "initdb"), "-D", str(self._directory / "data"), "-U", "postgres"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(_as_system_user(command), check=False, capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise ServerFailed(f"initdb failed: {done.stdout}{done.stderr}")

    def _server_command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "autovacuum": "on",
        }
        command = [str(self._binaries / "postgres"), "-D", str(self._directory / "data")]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return _as_system_user(command)

    def _accepts(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True


def create_database(url: str, *, name: str) -> None:
    """Make an empty database on the server that `url` reaches."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop_database(url: str, *, name: str) -> None:
    """Remove a database, ending the sessions that are left in it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _is_root() -> bool:
    return os.geteuid() == 0


def _as_system_user(command: list[str]) -> list[str]:
    # PostgreSQL refuses to run as root. setpriv replaces itself by the server, so signals reach the server itself.
    if not _is_root():
        return command
    user = pwd.getpwnam(_SYSTEM_USER)
    setpriv = shutil.which("setpriv") or "setpriv"
    return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command]
