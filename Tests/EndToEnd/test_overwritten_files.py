"""The files of a served version are changed under it: every answer stays exact, and the server lives on."""

import os
import shutil
import subprocess
import tempfile
import threading
import time

import grpc
import numpy as np
import pytest

import large_model
import serving
from serving import AVAILABLE, predict_request, wait_until

SIZE = 20_000_000
ROWS = large_model.row_count(SIZE)
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

# As its owner (or root) the server holds leases on the files; another user, or one that asks for it, has copies.
MODES = {"mapped": ([], []), "of another user": ([], NOBODY), "copied": (["--copy_weights"], [])}


@pytest.fixture(scope="module")
def template():
    folder = tempfile.mkdtemp(prefix="overwritten-")
    os.chmod(folder, 0o755)
    large_model.write(os.path.join(folder, "1"), SIZE)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def base(template):
    """A base path that other users can read."""
    folder = tempfile.mkdtemp(prefix="overwritten-")
    os.chmod(folder, 0o755)
    shutil.copytree(os.path.join(template, "1"), os.path.join(folder, "1"))
    yield folder
    shutil.rmtree(folder)


def started(base, mode):
    flags, wrapper = MODES[mode]
    if wrapper and os.geteuid() != 0:
        pytest.skip("only root can start the server as another user")
    flags = ["--model_name=rows", f"--model_base_path={base}", "--max_num_load_retries=0", *flags]
    return serving.Server(*flags, ready=["rows"], wrapper=wrapper)


def ask(server, numbers):
    request = predict_request("rows", {"ids": np.asarray(numbers, np.int32)}, version=1)
    request_rows = server.predict(request).outputs["rows"]
    return np.array(request_rows.float_val, np.float32).reshape(-1, large_model.COLUMNS)


class Reading:
    """Asks for rows from all over the variable on several threads, and compares every number."""

    def __init__(self, server, threads=3):
        self.server, self.stop = server, threading.Event()
        self.answers, self.wrong = 0, []
        self.threads = [threading.Thread(target=self._run, args=[number]) for number in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _run(self, number):
        generator = np.random.default_rng(number)
        while not self.stop.is_set():
            numbers = generator.integers(0, ROWS, 8)
            try:
                if not np.array_equal(ask(self.server, numbers), large_model.rows(numbers)):
                    self.wrong.append(f"wrong rows among {numbers}")
            except grpc.RpcError as error:
                self.wrong.append(f"{error.code()}: {error.details()}")
            self.answers += 1


def truncate(shard):
    os.truncate(shard, 0)


def cut_in_half(shard):
    os.truncate(shard, SIZE // 2)


def write_into(shard):
    with open(shard, "r+b", buffering=0) as file:
        for offset in range(0, SIZE, 1 << 20):
            os.pwrite(file.fileno(), os.urandom(1 << 16), offset)


def copy_over(shard):
    with tempfile.TemporaryDirectory() as folder:
        large_model.write_shard(os.path.join(folder, "other"), SIZE, seed=1)
        subprocess.run(["cp", os.path.join(folder, "other"), shard], check=True)


def rewrite(shard):
    """As many programs do: cut off, and written again in small pieces."""
    large_model.write_shard(shard, SIZE, seed=2)


def rename_over(shard):
    large_model.write_shard(shard + ".new", SIZE, seed=3)
    os.rename(shard + ".new", shard)


def delete(shard):
    os.remove(shard)


CHANGES = [truncate, cut_in_half, write_into, copy_over, rewrite, rename_over, delete]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("mode", MODES)
def test_answers_stay_exact_when_the_weights_are_changed_in_place(base, mode, change):
    shard = os.path.join(base, "1", large_model.SHARD)
    with started(base, mode) as server:
        with Reading(server) as reading:
            wait_until(lambda: reading.answers > 10, "requests are answered")
            begin = time.monotonic()
            change(shard)
            took = time.monotonic() - begin
            seen = reading.answers
            wait_until(lambda: reading.answers > seen + 100, "requests go on")
            time.sleep(0.5)
        assert not reading.wrong, reading.wrong[:5]
        for first in range(0, ROWS, 500):
            numbers = np.arange(first, min(ROWS, first + 500))
            np.testing.assert_array_equal(ask(server, numbers), large_model.rows(numbers))
        assert took < 10, f"whoever changed the file was held back for {took:.1f} s"
        assert server.states("rows")[1] == AVAILABLE
        in_place = change not in (rename_over, delete)
        if mode == "mapped" and in_place:
            server.expect_logged("being changed in place")
        else:
            assert "being changed in place" not in server.log


def test_nothing_is_held_open_when_the_version_is_gone(base):
    """Neither a lease nor a descriptor stays behind."""
    shutil.copytree(os.path.join(base, "1"), os.path.join(base, "2.off"))
    with started(base, "mapped") as server:
        os.rename(os.path.join(base, "2.off"), os.path.join(base, "2"))
        server.wait_for("rows", 2)
        wait_until(lambda: server.states("rows")[1] != AVAILABLE, "version 1 is unloaded")
        shutil.rmtree(os.path.join(base, "1"))
        wait_until(lambda: len(open_shards(server)) == 1, "the old file is closed")
        assert open_shards(server)[0].endswith(os.path.join("2", large_model.SHARD))


def open_shards(server):
    folder = f"/proc/{server.process.pid}/fd"
    targets = [os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)]
    return [target for target in targets if "variables.data" in target]


def test_files_that_are_open_for_writing_are_copied(base):
    """Somebody who has the file open for writing can change it at any time, without the system asking first."""
    shard = os.path.join(base, "1", large_model.SHARD)
    with open(shard, "r+b", buffering=0) as writer:
        with started(base, "mapped") as server:
            assert not open_shards(server)
            with Reading(server) as reading:
                os.pwrite(writer.fileno(), b"\xff" * SIZE, 0)
                os.ftruncate(writer.fileno(), 100)
                seen = reading.answers
                wait_until(lambda: reading.answers > seen + 100, "requests go on")
            assert not reading.wrong, reading.wrong[:5]


@pytest.mark.parametrize("stays_open", [True, False], ids=["kept open", "opened again and again"])
def test_a_version_whose_files_change_while_it_loads_is_right_or_not_served(base, template, stays_open):
    """A page is wrong for some time and then right again, over and over: what is served must be what the index describes."""
    with started(base, "mapped") as server:
        for version in range(2, 5):
            incoming = os.path.join(base, f"{version}.incoming")
            shutil.copytree(os.path.join(template, "1"), incoming)
            with Scribble(os.path.join(incoming, large_model.SHARD), stays_open):
                # The writer goes on in the same file under its new name.
                os.rename(incoming, os.path.join(base, str(version)))
                time.sleep(2)
                for first in range(0, ROWS, 500):
                    numbers = np.arange(first, min(ROWS, first + 500))
                    request = predict_request("rows", {"ids": numbers.astype(np.int32)})
                    rows = np.array(server.predict(request).outputs["rows"].float_val, np.float32)
                    np.testing.assert_array_equal(rows.reshape(-1, large_model.COLUMNS), large_model.rows(numbers))


class Scribble:
    """Changes pages of a file and changes them back, all the time."""

    def __init__(self, path, stays_open):
        self.stop, self.stays_open = threading.Event(), stays_open
        self.path = os.open(path, os.O_PATH)
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        os.close(self.path)

    def _run(self):
        page, file = 0, None
        while not self.stop.is_set():
            file = file or open(f"/proc/self/fd/{self.path}", "r+b", buffering=0)
            os.pwrite(file.fileno(), large_model.rows([page], seed=4).tobytes(), page * 4096)
            time.sleep(0.001)
            os.pwrite(file.fileno(), large_model.rows([page]).tobytes(), page * 4096)
            page = (page + 37) % ROWS
            if not self.stays_open:
                file.close()
                file = None
