"""Apache Kafka's jars, fetched once by jgo, proved by hash, and kept in the user's cache.

kafka_2.13 is resolved as the only coordinate: together with a logging binding the resolver mixes versions of
Kafka. The small logging binding is therefore resolved apart, in the version of the slf4j that Kafka brings.
"""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from embedded.errors import EmbeddedError

KAFKA_VERSION = "4.4.0"
COORDINATES = (f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}", "org.slf4j:slf4j-simple:1.7.36")
MANIFEST = Path(__file__).with_name("kafka_jars.sha256")


def kafka_classpath(report: Callable[[str], None]) -> str:
    """The Java class path of the broker, its jars fetched when the cache lacks them.

    Args:
        report: Told once before a download begins.

    Raises:
        EmbeddedError: The jars could not be fetched or are not the expected ones.
    """
    folder = cache_folder() / f"kafka-{KAFKA_VERSION}-{_manifest_hash()[:12]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                report(f"Fetching Apache Kafka {KAFKA_VERSION} (46 MB, once) …")
                _fetch_into(folder)
    return os.pathsep.join(str(jar) for jar in sorted(folder.glob("*.jar")))


def cache_folder() -> Path:
    """Where downloads are kept: EQUILIBRATE_CACHE_DIR, else the user's cache, else `var/cache` here."""
    chosen = os.environ.get("EQUILIBRATE_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base) / "equilibrate"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(__file__).parents[2] / "var" / "cache"


def _fetch_into(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as workplace:
        jars = Path(workplace) / "jars"
        jars.mkdir()
        for jar in _download(Path(workplace) / "repository"):
            shutil.copy(jar, jars)
        check_versions(path.name for path in jars.iterdir())
        check_hashes(jars, MANIFEST.read_text())
        jars.rename(folder)


def _download(repository: Path) -> list[Path]:
    try:
        from jgo.maven import MavenContext
        from jgo.parse import Coordinate
    except ImportError as error:
        raise EmbeddedError(
            "jgo is not installed: run `pip install -r requirements-embedded.txt`,"
            " or set KAFKA_BOOTSTRAP_SERVERS to a broker that runs."
        ) from error
    context = MavenContext(repo_cache=repository, local_repos=[], timeout=60)
    artifacts = []
    try:
        for coordinate in COORDINATES:
            wanted = context.create_dependency(replace(Coordinate.parse(coordinate), scope="compile"))
            found, needed = context.resolver.resolve([wanted])
            artifacts += [item.artifact for item in (*found, *needed) if item.scope in {"compile", "runtime"}]
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda artifact: artifact.resolve(), artifacts))
    except (OSError, RuntimeError) as error:
        raise EmbeddedError(
            f"Apache Kafka {KAFKA_VERSION} could not be fetched ({_first_line(error)}): connect this machine"
            " to the network and run this again, or set KAFKA_BOOTSTRAP_SERVERS to a broker that runs."
        ) from error


def check_versions(names: Iterable[str]) -> None:
    """Refuse a mixture: a broker with jars of two Kafka versions starts and then dies strangely.

    Raises:
        EmbeddedError: Some Kafka jar carries another version, or there is none.
    """
    found = {match[1] for name in names if (match := re.match(r"kafka[a-z_.\d-]*?-(\d[\w.]*)\.jar$", name))}
    if found != {KAFKA_VERSION}:
        raise EmbeddedError(
            f"The resolver mixed Kafka versions ({sorted(found)} instead of {KAFKA_VERSION} alone)."
        )


def check_hashes(folder: Path, manifest: str) -> None:
    """Compare a folder of jars with a manifest in the format of `sha256sum`.

    Raises:
        EmbeddedError: A jar is missing, unexpected or changed; the message names the first one.
    """
    expected = {name: digest for digest, name in map(str.split, manifest.splitlines())}
    actual = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    wrong = sorted(name for name in expected.keys() | actual.keys() if expected.get(name) != actual.get(name))
    if wrong:
        raise EmbeddedError(
            f"{wrong[0]} is not the file this version of Equilibrate expects ({len(wrong)} differ from"
            f" {MANIFEST.name}): nothing was installed; update Equilibrate, or look who changed the download."
        )


def _manifest_hash() -> str:
    return hashlib.sha256(MANIFEST.read_bytes()).hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
