"""Set the checkout up and run one task: ``python bootstrap.py run`` (Windows: ``py bootstrap.py run``).

Needs nothing but Python's standard library. Makes the virtual environment ``.venv`` beside this file, installs the
tested set of packages into it (requirements.txt held by constraints.txt) and starts the task there. A stamp in
``.venv`` remembers what was installed, so a second call installs nothing. Where a folder ``wheels/`` exists, packages
come from it and from nowhere else.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
if VERSION not in VERSIONS:  # up to here the file is written so that an old Python can read it and say this
    sys.exit(
        f"一刻钟需要 Python 3.11 至 3.14,当前是 {VERSION}。请安装合适的版本后重试。\n"
        f"Quarterhour needs Python 3.11 to 3.14; this is {VERSION}. Install one of these and try again."
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "quarterhour.json"
WINDOWS = os.name == "nt"
INSIDE = "Scripts/python.exe" if WINDOWS else "bin/python"
PYTHON = str(VENV / INSIDE)
PEERS = ROOT / ".venv-bench"  # what only the benchmark compares with, apart: its licences are not ours
LISTS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
# What pip calls the systems a bundle can be made for; a manylinux tag does not stand for the older ones.
MANYLINUX = ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]
PLATFORMS = {"windows-x64": ["win_amd64"], "linux-x64": MANYLINUX}
# What tasks and tools make; .gitignore says the same to git.
MADE = re.compile(r"\.git|\.venv|\.venv-bench|\.venv\.lock|wheels|out|dist|__pycache__|\.hypothesis|\..*_cache")


class SetupError(Exception):
    """The set-up cannot go on; the message says why and what helps."""


def say(text: str) -> None:
    """Print one line at once."""
    print(f"[quarterhour] {text}", flush=True)


def ensure(*parts: str) -> None:
    """Make ``.venv`` hold these parts of `LISTS`, as constraints.txt locks them; quick where it does already."""
    if has(*parts):
        return
    with lock():
        if has(*parts):  # another call did it meanwhile
            return
        kept = read_stamp()
        if not (kept and interpreter_starts()):
            make_environment()
            kept = {"parts": []}
        wanted = sorted({*kept["parts"], *parts})
        STAMP.unlink(missing_ok=True)  # half-made from here until the new stamp is written
        install(wanted)
        compile_loops(wanted)
        STAMP.write_text(json.dumps({"parts": wanted, "lock": fingerprint()}), encoding="utf-8")
        say("就绪。Ready.")


def has(*parts: str) -> bool:
    """Tell whether `.venv` works and holds these parts in the versions locked today."""
    stamp = read_stamp()
    fits = {*parts} <= {*stamp.get("parts", [])} and stamp.get("lock") == fingerprint()
    return fits and interpreter_starts()


def read_stamp() -> dict[str, list[str]]:
    """Read what a finished set-up left; empty where none was finished."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def fingerprint() -> list[str]:
    """Name what `.venv` is made of: the lists of packages and its Python (pyvenv.cfg)."""
    files = [ROOT / name for name in (*LISTS.values(), "constraints.txt")] + [VENV / "pyvenv.cfg"]
    return [hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest() for path in files if path.exists()]


def interpreter_starts() -> bool:
    """Tell whether `.venv` still has its Python: a moved or removed base leaves a dead one."""
    try:
        return subprocess.run([PYTHON, "-c", ""], env=child_env(), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Make a new, empty `.venv`; a half-made one is removed first."""
    if VENV.exists():
        say(".venv 不完整或已失效,重新创建。It is incomplete or no longer works: made anew.")
        shutil.rmtree(VENV)
    say(f"创建虚拟环境 .venv (Python {VERSION})。Making the virtual environment.")
    try:
        venv.EnvBuilder(with_pip=True, symlinks=not WINDOWS).create(VENV)
    except (subprocess.CalledProcessError, SystemExit) as error:
        hint = "Debian, Ubuntu, 统信, 麒麟: install the package python3-venv."
        raise SetupError(f"无法创建虚拟环境。The virtual environment could not be made: {error}\n{hint}") from error


def install(parts: list[str]) -> None:
    """Install `parts` with pip, from `wheels/` alone where there is one; nothing is compiled on this machine."""
    offline = (ROOT / "wheels").is_dir()
    where = "wheels 文件夹 (the folder wheels)" if offline else "软件源 (the package index)"
    say(f"从{where}安装软件包,只需一次,约几分钟。Installing packages: once, a few minutes.")
    arguments = ["--only-binary", ":all:", "-c", "constraints.txt", "--log", str(VENV / "pip.log")]
    arguments += ["--no-index", "--find-links", "wheels"] if offline else []
    arguments += [word for part in parts for word in ("-r", LISTS[part])]
    if not parts or pip("install", *arguments, offline=offline) == 0:
        return
    hint = "检查网络或改用离线安装包。Check the network, proxy and index, or use the offline bundle."
    if offline:
        hint = f"wheels 可能不适用于本机的 Python {VERSION}。Its packages may be for another Python or system."
    raise SetupError(f"安装失败。The installation failed; details: {VENV / 'pip.log'}\n{hint}")


def compile_loops(parts: list[str]) -> None:
    """Compile the loops of the search now, so that the first user need not wait; what fails here is compiled then."""
    if "run" in parts:
        say("编译计算程序,只需一次,约一分钟。Compiling the loops of the search: once, a minute.")
        subprocess.run([PYTHON, "-m", "coverage.warm"], cwd=ROOT, env=child_env(), check=False)


def pip(*arguments: str, offline: bool = False) -> int:
    """Run `.venv`'s pip, with a sign of life; `offline` keeps every index and setting of the machine from it."""
    env = child_env()
    if offline:
        env = {name: value for name, value in env.items() if not name.startswith("PIP_")}
        env["PIP_CONFIG_FILE"] = os.devnull
    started = time.monotonic()
    command = [PYTHON, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", *arguments]
    # It inherits the lock: where this process is killed, the next one waits until pip has let go of .venv too.
    with subprocess.Popen(command, cwd=ROOT, env=env, close_fds=False) as process:
        while True:
            try:
                return process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                say(f"… {time.monotonic() - started:.0f} s")


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Let one set-up at a time work in this folder; a second one waits. It falls with the process that holds it."""
    with (ROOT / ".venv.lock").open("a+b") as file:
        told = False
        while not take(file.fileno()):
            if not told:
                say("另一个安装正在进行,等待中。Another set-up is at work here: waiting for it.")
            told = True
            time.sleep(0.5)
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - it has no name for this
        yield


def take(file: int) -> bool:
    """Try to lock an open file."""
    try:
        if sys.platform == "win32":
            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def child_env() -> dict[str, str]:
    """Give the environment of what we start: UTF-8 on every system, no packages of another Python."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    return kept | {"PYTHONUTF8": "1"}


def python(*arguments: str) -> int:
    """Run `.venv`'s Python in the checkout and give its exit code."""
    return subprocess.run([PYTHON, *arguments], cwd=ROOT, env=child_env(), check=False).returncode


def run(options: argparse.Namespace, rest: list[str]) -> int:
    """Open the app; the server ends with this process."""
    ensure("run")
    port = free_port(options.port)
    if port != options.port:
        say(f"端口 {options.port} 已被占用,改用 {port}。Port {options.port} is taken: {port} is used instead.")
    url = f"http://127.0.0.1:{port}"
    say(f"打开 {url} ,按 Ctrl+C 停止。Opening it; Ctrl+C stops it.")
    # Without a screen a text browser would take over the terminal. Nothing is ever asked: the input is closed.
    screen = WINDOWS or sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & {*os.environ}
    headless = "false" if options.browser and screen else "true"
    flags = ["--server.address=127.0.0.1", f"--server.port={port}", f"--server.headless={headless}"]
    command = [PYTHON, "-m", "streamlit", "run", "app.py", *flags, "--server.showEmailPrompt=false", *rest]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl+C does, not leaving the server behind
    with subprocess.Popen(command, cwd=ROOT, env=child_env(), stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            return 0


def free_port(wanted: int) -> int:
    """Give the wanted port of 127.0.0.1, else the next free one, else any."""
    for port in (*range(wanted, wanted + 20), 0):
        with socket.socket() as probe:
            if not WINDOWS:  # there, the option would let two programs share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise SetupError("没有可用端口。There is no free port on 127.0.0.1.")


def demo(_options: argparse.Namespace, rest: list[str]) -> int:
    """Run the whole job on the demo."""
    ensure("run")
    return python("cli.py", "demo", "--out", "out/demo", *rest)


def test(_options: argparse.Namespace, rest: list[str]) -> int:
    """Run the tests on up to four cores; a file stays on one of them, as its fixtures are dear."""
    ensure("run", "dev")
    cores = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    # An event loop needs a pair of sockets. Windows makes it over the loopback, so there that alone is open.
    sockets = ["--allow-hosts", "127.0.0.1,::1"] if WINDOWS else []
    return python("-m", "pytest", "-q", *cores, *sockets, *rest)


def try_longer(options: argparse.Namespace, rest: list[str]) -> int:
    """Try the laws on ten times as many examples, other ones each time; a failure prints what repeats it."""
    return test(
        options, ["-m", "hypothesis", "--hypothesis-profile", "long", "--timeout", "3600", "--dist", "load", *rest]
    )


def fuzz(_options: argparse.Namespace, rest: list[str]) -> int:
    """Hand spoilt files to the readers, for ten minutes or as long as asked."""
    ensure("run", "dev")
    return python("-m", "tests.fuzz", *rest)


def lint(_options: argparse.Namespace, _rest: list[str]) -> int:
    """Check style, types and import rules: all of them, even where the first one fails."""
    ensure("run", "dev")
    imports = "from importlinter.cli import lint_imports_command as check; check(['--no-logo'])"
    style = [["-m", "ruff", "check"], ["-m", "ruff", "format", "--check"]]
    return int(any([python(*check) for check in [*style, ["-m", "mypy"], ["-c", imports]]]))  # noqa: C419 - no stop at one


def bench(options: argparse.Namespace, rest: list[str]) -> int:
    """Measure the engine beside its peers."""
    ensure("run", "dev")
    if options.peers:
        ensure_peers()
    return python("-m", "benchmarks", *rest)


def ensure_peers() -> None:
    """Make ``.venv-bench`` hold requirements-bench.txt; quick where it does already."""
    with lock():
        command = [str(PEERS / INSIDE), "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", "install"]
        if not (PEERS / INSIDE).exists():
            say("创建 .venv-bench。Making the environment of the benchmark's peers.")
            venv.EnvBuilder(with_pip=True, clear=True, symlinks=not WINDOWS).create(PEERS)
        command += ["--only-binary", ":all:", "-r", "requirements-bench.txt"]
        if subprocess.run(command, cwd=ROOT, env=child_env(), check=False).returncode != 0:
            raise SetupError("安装失败。The peers could not be installed; without --with-peers they are skipped.")


def bundle(options: argparse.Namespace, _rest: list[str]) -> int:
    """Write a zip of the checkout and the wheels of the whole lock, for another system and all its Pythons."""
    ensure()
    found = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    name = f"quarterhour-{found[1] if found else 0}"
    target = ROOT / "dist" / f"{name}-{options.platform}.zip"
    target.parent.mkdir(exist_ok=True)
    # The whole lock is fetched as it stands: resolving would heed the markers of this system, not of the other.
    fixed = ["--no-deps", "--only-binary", ":all:", "--requirement", "constraints.txt"]
    fixed += [word for tag in PLATFORMS[options.platform] for word in ("--platform", tag)]
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        for version in options.python or VERSIONS:
            say(f"下载软件包。Fetching the wheels for {options.platform}, Python {version}.")
            if pip("download", *fixed, "--python-version", version, "--dest", f"{folder}/wheels") != 0:
                raise SetupError(f"下载失败。A wheel for {options.platform}, Python {version} could not be fetched.")
        unfinished = Path(folder) / target.name
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for path in tracked_files():
                archive.write(ROOT / path, f"{name}/{path}")
            for wheel in sorted(Path(folder, "wheels").iterdir()):
                archive.write(wheel, f"{name}/wheels/{wheel.name}", zipfile.ZIP_STORED)
        unfinished.replace(target)
    say(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.0f} MB")
    return 0


def tracked_files() -> list[str]:
    """List the files of the checkout as git knows them; in a downloaded zip, all that no task has made."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        git = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
        names = [name for name in git.stdout.decode("utf-8").split("\0") if (ROOT / name).is_file()]
        if git.returncode == 0 and names:
            return names
    files = []
    for place, folders, names in os.walk(ROOT):
        folders[:] = sorted(folder for folder in folders if not MADE.fullmatch(folder))
        files += [Path(place, name).relative_to(ROOT).as_posix() for name in sorted(names) if not MADE.fullmatch(name)]
    return files


TASKS = {
    "run": (run, "打开界面(演示数据) open the app with the demo on http://127.0.0.1:8501"),
    "demo": (demo, "不开浏览器,结果写入 out/demo  the whole job without a browser"),
    "test": (test, "运行测试 run the tests; further arguments go to pytest"),
    "test-long": (try_longer, "每条规律多试十倍 try the laws on ten times as many examples; under an hour"),
    "fuzz": (fuzz, "用损坏的文件试读 hand spoilt files to the readers for 10 minutes, e.g. --minutes 60"),
    "lint": (lint, "检查代码 style, types and import rules"),
    "bench": (bench, "性能对比 measure the engine beside its peers"),
    "bundle": (bundle, "制作离线安装包 a zip that installs without a network"),
}


def main() -> int:
    """Read the command line and run the task."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a console without Chinese letters
    parser = argparse.ArgumentParser(description="一刻钟 Quarterhour")
    tasks = parser.add_subparsers(dest="task", metavar="task", required=True)
    add = {name: tasks.add_parser(name, help=text, allow_abbrev=False) for name, (_, text) in TASKS.items()}
    add["run"].add_argument("--port", type=int, default=8501, help="the port to open (8501)")
    add["run"].add_argument("--no-browser", dest="browser", action="store_false", help="open no browser")
    add["bench"].epilog = "further arguments: --quick, --only P1 (repeatable), --out FOLDER, --page FILE"
    add["bench"].add_argument("--with-peers", dest="peers", action="store_true", help="also igraph and pandana")
    add["bundle"].add_argument("--platform", choices=PLATFORMS, default="windows-x64", help="the system it is for")
    add["bundle"].add_argument("--python", action="append", choices=VERSIONS, help="this Python only; repeatable")
    options, rest = parser.parse_known_args()
    try:
        return TASKS[options.task][0](options, rest)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"无法读写。A file could not be read or written: {error}")
        return 1
    except KeyboardInterrupt:
        say("已中断,可再次运行。Interrupted; it can be called again.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
