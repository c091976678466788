"""Databases: built under another name, renamed when complete, cloned when known."""

import contextlib
import os
import shutil

from .console import Progress
from .places import FILESTORE

BUILDING = "_building"


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def names(cluster):
    return set(cluster.sql("SELECT datname FROM pg_database"))


def exists(cluster, name):
    return name in names(cluster)


def drop(cluster, name):
    """Drop a database and its filestore, also when somebody is connected."""
    cluster.sql(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def create(cluster, name):
    cluster.sql(f"CREATE DATABASE {_quoted(name)} TEMPLATE template0 ENCODING 'UTF8'")


def _copy_filestore(source, target):
    """Copy a filestore by hard links: its files are never changed, only removed."""

    def link(old, new):
        try:
            os.link(old, new)
        except OSError:
            shutil.copy2(old, new)

    shutil.rmtree(FILESTORE / target, ignore_errors=True)
    if (FILESTORE / source).is_dir():
        shutil.copytree(FILESTORE / source, FILESTORE / target, copy_function=link)


def clone(cluster, template, name):
    """Make ``name`` a copy of ``template``, with its filestore."""
    cluster.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{template}' AND pid <> pg_backend_pid()"
    )
    cluster.sql(f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)}")
    _copy_filestore(template, name)


def rename(cluster, old, new):
    """Give a finished database its name, replacing one of that name."""
    drop(cluster, new)
    if (FILESTORE / old).is_dir():
        (FILESTORE / old).rename(FILESTORE / new)
    cluster.sql(f"ALTER DATABASE {_quoted(old)} RENAME TO {_quoted(new)}")


def mark(cluster, name, key):
    """Remember what a database was built from, in its comment."""
    cluster.sql(f"COMMENT ON DATABASE {_quoted(name)} IS 'arm:{key}'")


def marked(cluster, name):
    """The key that :func:`mark` left, or an empty text."""
    rows = cluster.sql(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') "
        f"FROM pg_database WHERE datname = '{name}'"
    )
    return rows[0].removeprefix("arm:") if rows else ""


@contextlib.contextmanager
def building(cluster, name, key, template=None):
    """Build a database under a working name; it gets ``name`` only when all is done.

    What an interrupted build left is dropped first.
    """
    work = name + BUILDING
    drop(cluster, work)
    if template:
        with Progress(f"Copying database {template}"):
            clone(cluster, template, work)
    else:
        create(cluster, work)
    yield work
    mark(cluster, work, key)
    rename(cluster, work, name)
