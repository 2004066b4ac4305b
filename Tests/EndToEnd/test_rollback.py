"""Going back to an earlier version or content while requests keep coming: none fails, none gets a mixture."""

import os
import shutil
import threading
import time

import numpy as np
import pytest

import serving
from load import Load
from serving import AVAILABLE, END, place, predict_request, wait_until
from test_versions import digits_version, version_folder

FLAGS = ["--model_name=digits", "--file_system_poll_wait_seconds=1"]
PICTURES = np.random.RandomState(5).uniform(0, 1, [16, 28, 28, 1]).astype(np.float32)


@pytest.fixture
def base(tmp_path):
    base = tmp_path / "digits"
    base.mkdir()
    return base


def served(base, *flags):
    return serving.Server(*FLAGS, f"--model_base_path={base}", *flags, ready=["digits"])


def seconds_until(server, version):
    """Seconds until the server answers with `version`."""
    start = time.monotonic()
    wait_until(lambda: digits_version(server) == version, f"version {version} answers", every=0.002)
    return time.monotonic() - start


@pytest.mark.parametrize("kept", [0, 1])
def test_rollback_by_renaming_the_folder_fails_no_request(base, kept):
    for number in (1, 2):
        place(version_folder(number), base / str(number))
    shutil.move(base / "2", base / "2.next")
    with served(base, f"--keep_previous_versions={kept}") as server:
        os.rename(base / "2.next", base / "2")
        wait_until(lambda: server.states("digits") == {2: AVAILABLE, 1: END}, "version 2 has replaced version 1")
        with Load(server.port) as load:
            time.sleep(0.5)
            for _ in range(2):
                os.rename(base / "2", base / "2.bad")
                back = seconds_until(server, 1)
                wait_until(lambda: server.states("digits") == {1: AVAILABLE, 2: END}, "version 1 has replaced version 2")
                os.rename(base / "2.bad", base / "2")
                forth = seconds_until(server, 2)
                wait_until(lambda: server.states("digits") == {2: AVAILABLE, 1: END}, "version 2 is back")
                print(f"{kept} versions kept: {back * 1000:.0f} ms back to version 1, {forth * 1000:.0f} ms to version 2")
        assert load.failures == 0, load.failed
        assert load.versions == {"1", "2"}
        loaded, loads = "Successfully loaded servable version", 2 if kept else 6
        wait_until(lambda: server.log.count(loaded) >= loads, f"the log tells of {loads} loads")
        assert server.log.count(loaded) == loads, server.log[-4000:]
        assert server.log.count("was kept in memory and is served again") == (4 if kept else 0)


def test_rollback_by_removing_the_folder_fails_no_request(base):
    for number in (1, 2):
        place(version_folder(number), base / str(number))
    with served(base) as server:
        with Load(server.port) as load:
            time.sleep(0.5)
            shutil.rmtree(base / "2")
            print(f"{seconds_until(server, 1) * 1000:.0f} ms back to version 1")
            time.sleep(0.5)
        assert load.failures == 0, load.failed
        assert load.versions == {"1", "2"}


def test_kept_version_whose_folder_was_replaced_is_loaded_anew(base):
    place(version_folder(1), base / "1")
    with served(base, "--keep_previous_versions=1") as server:
        place(version_folder(2), base / "2")
        wait_until(lambda: server.states("digits") == {2: AVAILABLE, 1: END}, "version 2 has replaced version 1")
        shutil.rmtree(base / "1")
        place(version_folder(1), base / "1")
        shutil.rmtree(base / "2")
        wait_until(lambda: digits_version(server) == 1, "version 1 answers")
        loaded = "Successfully loaded servable version {name: digits version: 1}"
        wait_until(lambda: server.log.count(loaded) == 2, "the log tells of both loads")


def test_resource_preserving_transition_unloads_before_it_loads(base):
    place(version_folder(1), base / "1")
    with served(base, "--version_transition_policy=resource_preserving") as server:
        place(version_folder(2), base / "2")
        wait_until(lambda: server.states("digits") == {2: AVAILABLE, 1: END}, "version 2 has replaced version 1")
        unloaded = "Successfully unloaded servable version {name: digits version: 1}"
        wait_until(lambda: unloaded in server.log, "the log tells of the unload")
        assert server.log.index(unloaded) < server.log.index("Loading servable version {name: digits version: 2}")


# Content that changes under a version's number


class Answers:
    """Asks for the same pictures all the time and tells the contents apart that answered."""

    def __init__(self, server, goldens):
        self.server, self.goldens = server, {number: goldens["digits"][number]["noise"] for number in ("1", "2")}
        self.seen, self.problems, self.stop = [], [], threading.Event()
        self.threads = [threading.Thread(target=self.ask) for _ in range(2)]

    def ask(self):
        while not self.stop.is_set():
            try:
                answer = self.server.predict(predict_request("digits", {"image": PICTURES}))
            except Exception as error:
                self.problems.append(repr(error))
                continue
            scores = serving.array(answer.outputs["decoded"])
            fitting = [number for number, golden in self.goldens.items() if np.allclose(scores, golden, rtol=0, atol=1e-5)]
            if len(fitting) != 1:
                self.problems.append(f"an answer that no content gives: {scores[0]}")
            elif self.seen[-1:] != fitting:
                self.seen.append(fitting[0])

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def overwrite(source, target):
    """Replaces every file of `target` by that of `source`, one after the other, as rsync does."""
    for folder, _, names in os.walk(source):
        for name in names:
            file = os.path.relpath(os.path.join(folder, name), source)
            shutil.copy(os.path.join(source, file), os.path.join(target, f"{file}.new"))
            os.rename(os.path.join(target, f"{file}.new"), os.path.join(target, file))


def test_overwritten_version_is_loaded_anew_without_a_failed_or_mixed_answer(base, goldens):
    shutil.copytree(version_folder(1), base / "1")
    with served(base) as server:
        with Answers(server, goldens) as answers:
            wait_until(lambda: answers.seen == ["1"], "the first content answers")
            overwrite(version_folder(2), base / "1")
            wait_until(lambda: "2" in answers.seen, "the new content answers")
            time.sleep(0.5)
            assert server.states("digits") == {1: AVAILABLE}
        assert not answers.problems, answers.problems[:5]
        assert answers.seen[0] == "1" and answers.seen[-1] == "2"
        assert "has changed: it is loaded anew" in server.log


def test_overwritten_version_that_is_broken_leaves_the_loaded_copy(base, goldens):
    shutil.copytree(version_folder(1), base / "1")
    graph = base / "1" / "saved_model.pb"

    def remark():
        entry = server.status("digits")[1]
        assert entry.state == AVAILABLE and entry.status.error_code == 0, entry
        return entry.status.error_message

    with served(base) as server:
        with Answers(server, goldens) as answers:
            (base / "broken").write_bytes(b"this is no model, and never was")
            os.rename(base / "broken", graph)
            wait_until(lambda: "a newer content of this version failed to load" in remark(), "the status says so")
            assert remark().endswith("the copy loaded before serves on")
            overwrite(version_folder(2), base / "1")
            wait_until(lambda: "2" in answers.seen, "the mended content answers")
            wait_until(lambda: not remark(), "the status says nothing any more")
        assert not answers.problems, answers.problems[:5]
