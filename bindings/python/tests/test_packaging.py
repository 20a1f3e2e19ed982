"""The wheel, with the library in it and without; no library at all; the source distribution."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipapp
import zipfile
from pathlib import Path

import pytest
from conftest import CHECKOUT

hatchling = pytest.importorskip("hatchling", reason="no build backend for this Python: pip install hatchling")

PROJECT = CHECKOUT / "bindings/python"
SYSTEM_LIBRARY = CHECKOUT / "target/tree/lib"
TAG = f"py3-none-linux_{platform.machine()}"


def build(source: Path, directory: Path, **env: str) -> Path:
    """A wheel, built offline by the backend that is installed."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*command, "--wheel-dir", str(directory), str(source)], env={**os.environ, **env}, check=True, timeout=300
    )
    [wheel] = directory.glob("*.whl")
    return wheel


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if name.startswith("libsdnotify")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(PROJECT, tmp_path_factory.mktemp("wheel"), SDNOTIFY_SYSTEM_LIBRARY="0")


@pytest.fixture(scope="module")
def system_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(PROJECT, tmp_path_factory.mktemp("system"), SDNOTIFY_SYSTEM_LIBRARY="1")


@pytest.fixture(scope="module")
def system_environment(system_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("environment") / "venv", system_wheel)


class Environment:
    """A fresh virtual environment with nothing but a wheel in it."""

    def __init__(self, directory: Path, wheel: Path) -> None:
        venv.create(directory, symlinks=True)
        self.python = directory / "bin/python"
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", "--no-index"]
        subprocess.run([*pip, str(wheel)], check=True, timeout=120)
        [self.package] = directory.glob("lib/python*/site-packages/libsdnotify")

    def run(self, code: str, library_path: str = "") -> str:
        """What a program says, and its exception."""
        command = [str(self.python), "-c", code]
        env = {**os.environ, "LD_LIBRARY_PATH": library_path}
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.stdout.decode()


SONAMES = ("libsdjournal.so.0", "libsdnotify.so.0")
LOADED = """if True:
    import libsdnotify
    from libsdnotify import journal
    libsdnotify.ready()
    journal.send("written by a test of libsdnotify", PRIORITY=7)
    with open("/proc/self/maps") as maps:
        print(*sorted({line.split()[-1] for line in maps if "/libsd" in line or "memfd:libsd" in line}))
"""


def both(directory: Path) -> str:
    """What LOADED says if the libraries are in this directory."""
    return " ".join(str((directory / soname).resolve()) for soname in SONAMES)


def test_the_wheel_carries_the_library(wheel: Path, tmp_path: Path) -> None:
    assert wheel.name.endswith(f"-{TAG}.whl")
    assert {f"libsdnotify/{soname}" for soname in SONAMES} < names(wheel)
    assert "libsdnotify/py.typed" in names(wheel)
    with zipfile.ZipFile(wheel) as archive:
        texts = archive.read("libsdnotify/LICENSES.txt").decode()
    assert re.search(r"^libc [0-9.]+: ", texts, re.MULTILINE) and "Permission is hereby granted" in texts
    environment = Environment(tmp_path / "venv", wheel)
    # Also where the system has another one.
    for path in ("", str(SYSTEM_LIBRARY)):
        assert environment.run(LOADED, path).strip() == both(environment.package)
    assert environment.run("import libsdnotify.aio; print(libsdnotify.__version__)").strip() in wheel.name


def test_the_wheel_without_the_library(wheel: Path, system_wheel: Path, system_environment: Environment) -> None:
    assert system_wheel.name.endswith("-py3-none-any.whl")
    assert names(system_wheel) == names(wheel) - {f"libsdnotify/{name}" for name in (*SONAMES, "LICENSES.txt")}
    assert system_environment.run(LOADED, str(SYSTEM_LIBRARY)).strip() == both(SYSTEM_LIBRARY)


@pytest.mark.parametrize(
    "code", ["import libsdnotify", "from libsdnotify import daemon", "from libsdnotify.aio import Heartbeat"]
)
def test_no_library_is_an_import_error(code: str, system_environment: Environment) -> None:
    environment = system_environment
    if "LIBRARY HERE" in environment.run("import ctypes; ctypes.CDLL('libsdnotify.so.0'); print('LIBRARY HERE')"):
        pytest.skip("this machine has libsdnotify.so.0 installed")
    message = environment.run(code).splitlines()[-1]
    assert message.startswith("ImportError: libsdnotify needs the shared library libsdnotify.so.0: ")
    assert "pip install" in message
    assert "apt install libsdnotify0" in message


def test_a_missing_library_for_the_journal_is_an_import_error_when_an_entry_is_written(
    wheel: Path, tmp_path: Path
) -> None:
    """Everything else works without it, a handler included, which needs no C."""
    environment = Environment(tmp_path / "venv", wheel)
    (environment.package / "libsdjournal.so.0").unlink()
    here = "import ctypes; ctypes.CDLL('libsdjournal.so.0'); print('LIBRARY HERE')"
    if "LIBRARY HERE" in environment.run(here):
        pytest.skip("this machine has libsdjournal.so.0 installed")
    code = "from libsdnotify import daemon, journal; daemon.notify('READY=1'); journal.JournalHandler(); "
    message = environment.run(f"{code}journal.send('text')").splitlines()[-1]
    assert message.startswith("ImportError: libsdnotify needs the shared library libsdjournal.so.0: ")
    assert "apt install libsdjournal0" in message


def test_a_library_that_cannot_be_loaded(wheel: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", wheel)
    (environment.package / "libsdnotify.so.0").write_bytes(b"\x7fELF of another machine")
    message = environment.run("import libsdnotify; libsdnotify.ready()").splitlines()[-1]
    assert message.startswith("ImportError: libsdnotify needs the shared library libsdnotify.so.0: ")
    assert "another architecture" in message


def output(*command: str | Path, library_path: str = "") -> str:
    """What a program says, and its exception."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env["LD_LIBRARY_PATH"] = library_path
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    return done.stdout.decode()


def copy_libraries(directory: Path) -> None:
    for soname in SONAMES:
        shutil.copy(SYSTEM_LIBRARY / soname, directory)


def zipped(wheel: Path, directory: Path) -> Path:
    """A program in one file."""
    program = directory / "program"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(program)
    (program / "__main__.py").write_text(LOADED)
    zipapp.create_archive(program, directory / "program.pyz", compressed=True)
    return directory / "program.pyz"


def test_a_zipapp_carries_the_library(wheel: Path, tmp_path: Path) -> None:
    loaded = output(sys.executable, zipped(wheel, tmp_path), library_path=str(SYSTEM_LIBRARY))
    # In memory, as there are no files of them.
    assert "memfd:libsd" in loaded or "(deleted)" in loaded
    assert str(SYSTEM_LIBRARY) not in loaded


def test_a_zipapp_with_the_library_beside_it(system_wheel: Path, tmp_path: Path) -> None:
    program = zipped(system_wheel, tmp_path)
    message = output(sys.executable, program).splitlines()[-1]
    if "Error" in message:
        assert message.startswith("ImportError: libsdnotify needs the shared library libsdnotify.so.0: ")
        assert f"{program} was packed without it" in message and f"put libsdnotify.so.0 into {tmp_path}" in message
    copy_libraries(tmp_path)
    assert output(sys.executable, program).strip() == both(tmp_path)


def test_pyinstaller(wheel: Path, tmp_path: Path) -> None:
    """In one file; the hook is the wheel's own."""
    if importlib.util.find_spec("PyInstaller") is None:
        pytest.skip("PyInstaller is not installed for this Python: pip install pyinstaller")
    (tmp_path / "program.py").write_text(LOADED)
    directories = ("--distpath", tmp_path, "--specpath", tmp_path, "--workpath", tmp_path / "work")
    log = output(sys.executable, "-m", "PyInstaller", "--onefile", *directories, tmp_path / "program.py")
    assert (tmp_path / "program").exists(), log
    loaded = output(tmp_path / "program", library_path=str(SYSTEM_LIBRARY)).strip()
    assert [file.rpartition("/libsdnotify/")[2] for file in loaded.split()] == list(SONAMES)
    assert str(SYSTEM_LIBRARY) not in loaded and "site-packages" not in loaded


def test_a_packed_program_without_the_library_is_told_so(system_environment: Environment, tmp_path: Path) -> None:
    """As PyInstaller leaves it without its hook."""
    frozen = f"import sys; sys.frozen = True; sys.executable = {str(tmp_path / 'program')!r}\n"
    message = system_environment.run(frozen + "import libsdnotify").splitlines()[-1]
    if "ImportError" in message:
        assert "this program was packed without it" in message and f"put it into {tmp_path}" in message
    copy_libraries(tmp_path)
    assert system_environment.run(frozen + LOADED).strip() == both(tmp_path)


# What the library is built from.
SOURCES = "Cargo.toml Cargo.lock Makefile build.rs src abi engine cli include packaging LICENSE README.md".split()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources, in which nothing is built yet."""
    top = tmp_path / "checkout"
    ignore = shutil.ignore_patterns(".*", "__pycache__", "target", "build")
    shutil.copytree(PROJECT, top / "bindings/python", ignore=ignore)
    for name in SOURCES:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, top / name, ignore=ignore, symlinks=True)
        else:
            shutil.copy(source, top)
    return top


def test_an_editable_installation(checkout: Path, tmp_path: Path) -> None:
    """It takes the library of the checkout, and where that is gone, says how to have it."""
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index"]
    # The backend is this environment's.
    backend = {**os.environ, "PYTHONPATH": str(Path(hatchling.__file__).parent.parent)}
    command = [*pip, "--no-build-isolation", "--no-deps", "--editable", str(checkout / "bindings/python")]
    subprocess.run(command, env=backend, check=True, timeout=300)
    assert output(python, "-c", LOADED).strip() == both(checkout / "target/c")
    (checkout / "target/c/libsdnotify.so.0").unlink()
    message = output(python, "-c", LOADED).splitlines()[-1]
    assert f"this package is in a checkout: run make in {checkout}" in message


def test_the_library_in_a_wheel_is_of_the_source_beside_it(checkout: Path, tmp_path: Path) -> None:
    """Neither what was built there before, perhaps for another machine, nor an older source's."""
    [version] = re.findall(r'^version = "(.*)"$', (checkout / "Cargo.toml").read_text(), re.MULTILINE)
    for place in ("target/c", "target/wheel/c"):
        stale = checkout / place
        stale.mkdir(parents=True)
        for name in ("libsdnotify.so.0", f"libsdnotify.so.{version}", "rust.a"):
            (stale / name).write_bytes(b"of another machine")
            os.utime(stale / name, (4e9, 4e9))
    project = checkout / "bindings/python"
    first = library_of(build(project, tmp_path / "first", SDNOTIFY_SYSTEM_LIBRARY="0"))
    assert first.startswith(b"\x7fELF")
    rust = checkout / "engine/src/boot.rs"
    assert b"/run/systemd/system" in first
    rust.write_text(rust.read_text().replace("/run/systemd/system", "/run/systemd/SYSTEM"))
    second = library_of(build(project, tmp_path / "second", SDNOTIFY_SYSTEM_LIBRARY="0"))
    assert b"/run/systemd/SYSTEM" in second


def library_of(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read("libsdnotify/libsdnotify.so.0")


def test_the_build_that_cannot_have_the_library_says_so(tmp_path: Path) -> None:
    """No library, and no make to build it."""
    source = tmp_path / "checkout"
    project = source / "bindings/python"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    shutil.copy(CHECKOUT / "Cargo.toml", source)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    command += ["--wheel-dir", str(tmp_path), str(project)]
    done = subprocess.run(command, env={**os.environ, "PATH": "/nowhere"}, capture_output=True, timeout=120)
    assert done.returncode != 0
    assert b"SDNOTIFY_SYSTEM_LIBRARY=1" in done.stdout + done.stderr


def test_the_source_distribution_builds_by_itself(wheel: Path, tmp_path: Path) -> None:
    """It has the library's source, and its build runs make."""
    code = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, tmp_path], cwd=PROJECT, check=True, timeout=60)
    [sdist] = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert [member.name for member in archive if member.issym() or member.islnk()] == []
    built = build(sdist, tmp_path)
    assert built.name == wheel.name
    assert names(built) == names(wheel)
