"""Copies in progress: whatever copies a version, in whatever order and at whatever speed, it is served when it is complete and not
before, and no request fails meanwhile."""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import serving
from load import Load
from serving import AVAILABLE, predict_request, wait_until
from test_versions import digits_version, version_folder

COPIER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "copier.py")
# An incomplete version is looked at again after ten seconds; one that is complete is not found that way.
EVENTS = 9
MODES = ["files", "blocks", "rename", "inplace"]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tmp_path_factory.mktemp("copying") / "digits"


@pytest.fixture(scope="module")
def server(base):
    """Serves version 1; each test adds others and takes them away."""
    base.mkdir()
    serving.place(version_folder(1), base / "1")
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        yield server


@pytest.fixture
def load(server, base):
    with Load(server.port) as load:
        yield load
        for entry in os.listdir(base):
            if entry != "1":
                shutil.rmtree(base / entry)
        wait_until(lambda: digits_version(server) == 1, "version 1 answers again")
    assert load.failures == 0, load.failed


def start_copier(target, mode, seed, seconds, *stop):
    command = [sys.executable, COPIER, version_folder(2), target, mode, str(seed), str(seconds), *map(str, stop)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def expect_not_served(server, copies, version, seconds=0.0):
    """The version of none of the models `copies` {name: process} is served for so long, or while its process runs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end or any(copier.poll() is None for copier in copies.values()):
        for name, copier in copies.items():
            running = copier.poll() is None
            state = server.states(name).get(version)
            # The process may have ended between the two questions.
            may_serve = time.monotonic() >= end and not (running and copier.poll() is None)
            assert state != AVAILABLE or may_serve, f"version {version} of {name} is served"
        time.sleep(0.05)


def expect_served(server, version, goldens, seconds=60, name="digits"):
    """The version comes to be served in time, and answers as TensorFlow does."""
    begin = time.monotonic()
    wait_until(lambda: digits_version(server, name) == version, f"version {version} of {name} is served", seconds, every=0.01)
    print(f"version {version} of {name} answered after {time.monotonic() - begin:.2f} s")
    pictures = np.random.RandomState(5).uniform(0, 1, [16, 28, 28, 1]).astype(np.float32)
    answer = server.predict(predict_request(name, {"image": pictures}))
    assert answer.model_spec.version.value == version
    np.testing.assert_allclose(
        serving.array(answer.outputs["decoded"]), goldens["digits"]["2"]["noise"], rtol=0, atol=1e-5
    )


@pytest.fixture
def many(tmp_path):
    """Serves version 1 under the names that are given, and as digits under load: many(names) gives (server, {name: base path})."""
    with contextlib.ExitStack() as stack:

        def many(names):
            bases = {name: tmp_path / name for name in ["digits", *names]}
            for folder in bases.values():
                folder.mkdir()
                serving.place(version_folder(1), folder / "1")
            path = serving.config(tmp_path / "models.config", bases)
            server = stack.enter_context(serving.Server(f"--model_config_file={path}", ready=bases))
            many.load = stack.enter_context(Load(server.port))
            return server, bases

        yield many
    assert many.load.failures == 0, many.load.failed


def test_slow_copies_are_served_when_they_are_complete(many, goldens):
    server, bases = many(MODES)
    target = bases["inplace"] / "2.copy"
    shutil.copytree(version_folder(2), target)
    for folder, _, names in os.walk(target):
        for name in names:
            path = os.path.join(folder, name)
            noise = random.Random(3).randbytes(os.path.getsize(path))
            with open(path, "wb") as file:
                file.write(noise)
    os.rename(target, bases["inplace"] / "2")
    copies = {mode: start_copier(bases[mode] / "2", mode, 11, 4) for mode in MODES}
    expect_not_served(server, copies, 2)
    for mode, copier in copies.items():
        assert copier.wait() == 0
        expect_served(server, 2, goldens, name=mode)


def test_copies_that_are_killed_are_not_served_until_they_are_repeated(many, goldens):
    cases = [(mode, stop) for mode in ("files", "blocks", "rename") for stop in (0.0, 0.1, 0.5, 0.9, 0.99)]
    name_of = "{}-{}".format
    server, bases = many([name_of(*case) for case in cases])
    copies = {
        name_of(mode, stop): start_copier(bases[name_of(mode, stop)] / "3", mode, int(stop * 100), 0.5, stop)
        for mode, stop in cases
    }
    for copier in copies.values():
        assert copier.stdout.readline() == "stopped\n"
        copier.kill()
        copier.wait()
    expect_not_served(server, copies, 3, seconds=2.5)
    again = [start_copier(bases[name] / "3", "rename", 5, 0.2) for name in copies]
    assert [copier.wait() for copier in again] == [0] * len(again)
    for name in copies:
        expect_served(server, 3, goldens, name=name)


def test_copy_by_cp(server, base, load, goldens):
    subprocess.run(["cp", "-r", version_folder(2), base / "4"], check=True)
    expect_served(server, 4, goldens, EVENTS)


def test_copy_with_old_times(server, base, load, goldens):
    """`cp -p` gives the files their old times; only their change times are new."""
    subprocess.run(["cp", "-rp", version_folder(2), base / "4"], check=True)
    expect_served(server, 4, goldens, EVENTS)


def test_rename(server, base, load, goldens):
    shutil.copytree(version_folder(2), base / "4.incoming")
    subprocess.run(["mv", base / "4.incoming", base / "4"], check=True)
    expect_served(server, 4, goldens, EVENTS)


def test_archive_that_is_unpacked_slowly(server, base, load, goldens):
    archive = subprocess.run(
        ["tar", "-C", os.path.dirname(version_folder(2)), "-cf", "-", "2"], capture_output=True, check=True
    ).stdout
    with subprocess.Popen(["tar", "-C", base, "-xf", "-"], stdin=subprocess.PIPE) as tar:
        # The archive ends with blocks of zeros, at which all files are there.
        content = len(archive.rstrip(b"\0"))
        for start in range(0, content - 512, 16384):
            tar.stdin.write(archive[start : min(start + 16384, content - 512)])
            tar.stdin.flush()
            time.sleep(0.1)
            assert server.states("digits").get(2) != AVAILABLE
        tar.stdin.write(archive[content - 512 :])
    assert tar.returncode == 0
    expect_served(server, 2, goldens)


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not installed; its pattern is that of `rename` above")
@pytest.mark.parametrize("flags", [[], ["--inplace"], ["--whole-file", "--delay-updates"]])
def test_rsync(server, base, load, goldens, flags):
    command = ["rsync", "-a", "--bwlimit=200", *flags, f"{version_folder(2)}/", f"{base}/5/"]
    copier = subprocess.Popen(command)
    expect_not_served(server, {"digits": copier}, 5)
    assert copier.wait() == 0
    expect_served(server, 5, goldens)
