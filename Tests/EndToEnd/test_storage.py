"""Storage that vanishes, changes or can't be read: what is served goes on, and new versions are found when it is back."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import grpc
import pytest

import serving
from load import Load
from serving import AVAILABLE, END, place, refusal, wait_until
from test_versions import digits_version, version_folder

POLL = "--file_system_poll_wait_seconds=1"


@pytest.fixture
def base(tmp_path):
    base = tmp_path / "models" / "digits"
    base.mkdir(parents=True)
    return base


def served(base, **options):
    return serving.Server("--model_name=digits", f"--model_base_path={base}", POLL, ready=["digits"], **options)


def trouble(server, version):
    """What the status of an available version says about its storage."""
    entry = server.status("digits")[version]
    assert entry.state == AVAILABLE and entry.status.error_code == 0, entry
    return entry.status.error_message


def expect_trouble(server, version):
    wait_until(lambda: trouble(server, version), "the status tells of the trouble")
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        assert digits_version(server) == version
        assert trouble(server, version)
        time.sleep(0.1)
    server.expect_logged("filesystem access error")


def expect_healed(server, version):
    wait_until(lambda: not trouble(server, version), "the status tells that all is well")


def expect_found(server, base):
    """A version that arrives now is served."""
    place(version_folder(2), base / "2")
    wait_until(lambda: digits_version(server) == 2, "version 2 is served")


def test_base_path_that_is_renamed_away_and_back(base):
    place(version_folder(1), base / "1")
    with served(base) as server:
        with Load(server.port) as load:
            os.rename(base, f"{base}.away")
            expect_trouble(server, 1)
            assert "not found" in trouble(server, 1)
            os.rename(f"{base}.away", base)
            expect_healed(server, 1)
            expect_found(server, base)
        assert load.failures == 0, load.failed


def test_base_path_that_is_really_empty_unloads_everything(base):
    place(version_folder(1), base / "1")
    with served(base) as server:
        os.rename(base, f"{base}.away")
        base.mkdir()
        wait_until(lambda: server.states("digits") == {1: END}, "version 1 is unloaded")
        code, _ = refusal(lambda: digits_version(server))
        assert code == grpc.StatusCode.NOT_FOUND
        place(version_folder(2), base / "2")
        wait_until(lambda: server.states("digits").get(2) == AVAILABLE, "version 2 is served")


def test_link_to_the_base_path_that_is_changed(base, tmp_path):
    place(version_folder(1), base / "1")
    (tmp_path / "other").mkdir()
    place(version_folder(2), tmp_path / "other" / "2")
    link = tmp_path / "link"
    link.symlink_to(base)
    with served(link) as server:
        with Load(server.port) as load:
            for target, version in ((tmp_path / "other", 2), (base, 1), (tmp_path / "other", 2)):
                (tmp_path / "link.new").symlink_to(target)
                os.rename(tmp_path / "link.new", link)
                wait_until(lambda: digits_version(server) == version, f"version {version} is served")
            os.remove(link)
            expect_trouble(server, 2)
            link.symlink_to(base)
            wait_until(lambda: digits_version(server) == 1, "version 1 is served")
        assert load.failures == 0, load.failed


def test_link_to_a_version_that_is_changed(base, tmp_path):
    """The same version number leads to other content: it is loaded anew while the old copy serves on."""
    place(version_folder(1), tmp_path / "a")
    place(version_folder(2), tmp_path / "b")
    (base / "7").symlink_to(tmp_path / "a")
    with served(base) as server:
        with Load(server.port) as load:
            (base / "new").symlink_to(tmp_path / "b")
            os.rename(base / "new", base / "7")
            wait_until(lambda: server.log.count("Successfully loaded servable version") == 2, "the new content is loaded")
            os.rename(tmp_path / "b", tmp_path / "c")
            assert "link" in wait_until(lambda: trouble(server, 7), "the status tells that the link leads nowhere")
            assert digits_version(server) == 7
            os.rename(tmp_path / "c", tmp_path / "b")
            expect_healed(server, 7)
        assert load.failures == 0, load.failed


# Rights


def as_other_user():
    """The command before the server's that makes it run as somebody whom file rights hold; skips where there is none."""
    if os.getuid() != 0:
        return []
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if not shutil.which("setpriv"):
        pytest.skip("root is above file rights, and there is no setpriv to become somebody else")
    if subprocess.run([*prefix, serving.BINARY, "--version"], capture_output=True).returncode != 0:
        pytest.skip(f"{serving.BINARY} can't be run by another user than root")
    return prefix


@pytest.fixture
def open_base():
    """A base path that other users can get at."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="storage-"))
    os.chmod(folder, 0o755)
    (folder / "digits").mkdir()
    yield folder / "digits"
    shutil.rmtree(folder)


def test_base_path_without_the_right_to_read_it(open_base):
    place(version_folder(1), open_base / "1")
    with served(open_base, wrapper=as_other_user()) as server:
        with Load(server.port) as load:
            os.chmod(open_base, 0o000)
            try:
                expect_trouble(server, 1)
                assert "Permission denied" in trouble(server, 1)
            finally:
                os.chmod(open_base, 0o755)
            expect_healed(server, 1)
            place(version_folder(2), open_base / "2")
            wait_until(lambda: digits_version(server) == 2, "version 2 is served")
        assert load.failures == 0, load.failed


def test_version_without_the_right_to_read_it_is_loaded_when_the_right_is_given(open_base):
    place(version_folder(1), open_base / "1")
    with served(open_base, wrapper=as_other_user()) as server:
        shutil.copytree(version_folder(2), open_base / "2.incoming")
        os.chmod(open_base / "2.incoming", 0o000)
        os.rename(open_base / "2.incoming", open_base / "2")
        time.sleep(2)
        assert digits_version(server) == 1
        os.chmod(open_base / "2", 0o755)
        wait_until(lambda: digits_version(server) == 2, "version 2 is served")


# Mounts


@pytest.fixture(params=["tmpfs", "bind"])
def mounted(request, base, tmp_path):
    """(mount, unmount) of a file system at the base path; a bind mount has the device number of what it covers."""
    (tmp_path / "store").mkdir()
    source = ["-t", "tmpfs", "none"] if request.param == "tmpfs" else ["--bind", tmp_path / "store"]

    def mount():
        return subprocess.run(["mount", *source, base], capture_output=True, text=True)

    def unmount():
        return subprocess.run(["umount", "-l", base], capture_output=True, text=True)

    tried = mount()
    if tried.returncode != 0:
        pytest.skip(f"mounting is not allowed here: {tried.stderr.strip()}")
    yield mount, unmount
    while unmount().returncode == 0:
        pass


def test_unmounted_base_path_unloads_nothing(base, mounted):
    mount, unmount = mounted
    place(version_folder(1), base / "1")
    with served(base) as server:
        with Load(server.port) as load:
            unmount()
            assert os.listdir(base) == []
            expect_trouble(server, 1)
            assert "unmounted" in trouble(server, 1)
            mount()
            if not os.path.exists(base / "1"):
                place(version_folder(1), base / "1")
            expect_healed(server, 1)
            expect_found(server, base)
        assert load.failures == 0, load.failed


# Periods


def test_long_period_does_not_delay_what_is_reported(base):
    place(version_folder(1), base / "1")
    flags = ["--model_name=digits", f"--model_base_path={base}", "--file_system_poll_wait_seconds=3600"]
    with serving.Server(*flags, ready=["digits"]) as server:
        begin = time.monotonic()
        place(version_folder(2), base / "2")
        wait_until(lambda: digits_version(server) == 2, "version 2 is served", every=0.01)
        print(f"served after {time.monotonic() - begin:.2f} s")


@pytest.mark.parametrize("period", [0, -1])
def test_without_a_period_nothing_is_looked_at_again(base, period):
    place(version_folder(1), base / "1")
    flags = ["--model_name=digits", f"--model_base_path={base}", f"--file_system_poll_wait_seconds={period}"]
    with serving.Server(*flags) as server:
        if period == 0:
            server.wait_for("digits", 1)
        place(version_folder(2), base / "2")
        time.sleep(2.5)
        assert set(server.states("digits")) == ({1} if period == 0 else set())
