"""Copies in progress: whatever copies a version, in whatever order and at whatever speed, it is served when it is complete and not
before, and no request fails meanwhile."""

import os
import random
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import serving
from serving import AVAILABLE, predict_request, wait_until
from test_versions import Load, digits_version, version_folder

COPIER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "copier.py")
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
        wait_until(lambda: digits_version(server) == 1, "version 1 answers again", 10)
    assert load.failures == 0, load.failed


def start_copier(target, mode, seed, seconds, *stop):
    command = [sys.executable, COPIER, version_folder(2), target, mode, str(seed), str(seconds), *map(str, stop)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def expect_not_served(server, version, while_running=None, seconds=0.0):
    """The version is not served for so long, or until a process ends."""
    end = time.monotonic() + seconds
    while time.monotonic() < end or (while_running and while_running.poll() is None):
        running = while_running and while_running.poll() is None
        state = server.states("digits").get(version)
        # The process may have ended between the two questions.
        assert state != AVAILABLE or (running and while_running.poll() is not None), f"version {version} is served"
        time.sleep(0.05)


def expect_served(server, version, goldens, seconds):
    """The version comes to be served in time, and answers as TensorFlow does."""
    begin = time.monotonic()
    wait_until(lambda: digits_version(server) == version, f"version {version} is served", seconds, every=0.01)
    print(f"version {version} answered after {time.monotonic() - begin:.2f} s")
    pictures = np.random.RandomState(5).uniform(0, 1, [16, 28, 28, 1]).astype(np.float32)
    answer = server.predict(predict_request("digits", {"image": pictures}))
    assert answer.model_spec.version.value == version
    np.testing.assert_allclose(
        serving.array(answer.outputs["decoded"]), goldens["digits"]["2"]["noise"], rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("mode", MODES)
def test_slow_copy_is_served_when_it_is_complete(server, base, load, goldens, mode):
    if mode == "inplace":
        shutil.copytree(version_folder(2), base / "2.copy")
        for folder, _, names in os.walk(base / "2.copy"):
            for name in names:
                path = os.path.join(folder, name)
                noise = random.Random(3).randbytes(os.path.getsize(path))
                with open(path, "wb") as file:
                    file.write(noise)
        os.rename(base / "2.copy", base / "2")
    copier = start_copier(base / "2", mode, 11, 4)
    expect_not_served(server, 2, while_running=copier)
    assert copier.wait() == 0
    expect_served(server, 2, goldens, 15)


@pytest.mark.parametrize("mode", ["files", "blocks", "rename"])
@pytest.mark.parametrize("stop", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_copy_that_is_killed_is_not_served_until_it_is_repeated(server, base, load, goldens, mode, stop):
    copier = start_copier(base / "3", mode, int(stop * 100), 0.5, stop)
    assert copier.stdout.readline() == "stopped\n"
    copier.kill()
    copier.wait()
    expect_not_served(server, 3, seconds=2.5)
    again = start_copier(base / "3", "rename", 5, 0.2)
    assert again.wait() == 0
    expect_served(server, 3, goldens, 15)


def test_copy_by_cp(server, base, load, goldens):
    subprocess.run(["cp", "-r", version_folder(2), base / "4"], check=True)
    expect_served(server, 4, goldens, 5)


def test_copy_with_old_times(server, base, load, goldens):
    """`cp -p` gives the files their old times; only their change times are new."""
    subprocess.run(["cp", "-rp", version_folder(2), base / "4"], check=True)
    expect_served(server, 4, goldens, 5)


def test_rename(server, base, load, goldens):
    shutil.copytree(version_folder(2), base / "4.incoming")
    subprocess.run(["mv", base / "4.incoming", base / "4"], check=True)
    expect_served(server, 4, goldens, 5)


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
    expect_served(server, 2, goldens, 15)


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not installed; its pattern is that of `rename` above")
@pytest.mark.parametrize("flags", [[], ["--inplace"], ["--whole-file", "--delay-updates"]])
def test_rsync(server, base, load, goldens, flags):
    command = ["rsync", "-a", "--bwlimit=200", *flags, f"{version_folder(2)}/", f"{base}/5/"]
    copier = subprocess.Popen(command)
    expect_not_served(server, 5, while_running=copier)
    assert copier.wait() == 0
    expect_served(server, 5, goldens, 15)
