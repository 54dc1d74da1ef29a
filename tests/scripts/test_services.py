"""The local database is shared while in use; the throw-away ones die with whoever asked for them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from scripts import services
from scripts.services import NoService, database_for_this_command, forget_local_database, local_postgres


@pytest.fixture(scope="module", autouse=True)
def another_clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    clone = tmp_path_factory.mktemp("clone")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL")
        patch.setattr(services, "ROOT", clone)
        patch.setattr(services, "VAR", clone / "var")
        yield
        forget_local_database()


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_local_database_keeps_its_rows_and_stops_with_its_last_user():
    with local_postgres() as first:
        with local_postgres() as second, psycopg.connect(second) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        assert first == second
        assert answers(first)
        with pytest.raises(NoService, match="in use"):
            forget_local_database()
    assert not answers(first)
    with local_postgres() as later, psycopg.connect(later) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_our_role_is_no_superuser_but_may_create_databases():
    with local_postgres() as url, psycopg.connect(url) as connection:
        role = connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert role.fetchone() == (False, True)


def test_nobody_else_can_reach_the_local_database():
    with local_postgres() as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        directory = Path(connection.info.host)
        assert directory.stat().st_mode & 0o077 == 0


def test_a_database_that_is_given_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    monkeypatch.setattr(services, "VAR", tmp_path)
    with local_postgres() as url:
        assert url == "postgresql://elsewhere/x"
    with database_for_this_command():
        assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/x"
    assert list(tmp_path.iterdir()) == []


def test_data_left_by_a_killed_command_are_served_again():
    cluster = services._local_cluster()
    left = cluster.start(services._private_directory(cluster.account))
    with local_postgres() as url:
        assert url == left
    assert not answers(left)


def test_throwaway_services_die_with_a_killed_owner():
    program = "import scripts.services as s, time\nwith s.throwaway_postgres() as u: print(u, flush=True); time.sleep(99)"
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(services.__file__).parents[1],
    )
    with owner:
        assert owner.stdout
        url = owner.stdout.readline().strip()
        assert answers(url)
        directory = Path(str(psycopg.conninfo.conninfo_to_dict(url)["host"]))
        owner.send_signal(signal.SIGKILL)
    deadline = monotonic() + 10
    while directory.exists():
        assert monotonic() < deadline, f"{directory} is still there"
        sleep(0.05)
    assert not answers(url)
