"""Version folders: upgrade and rollback under load, copies in progress, broken and unknown models."""

import os
import random
import shutil
import time

import grpc
import numpy as np
import pytest

import serving
from load import Load
from serving import AVAILABLE, END, half_plus_two, place, predict_request, refusal, wait_until

ONCE = ["--max_num_load_retries=0", "--file_system_poll_wait_seconds=1"]


def version_folder(number):
    return os.path.join(serving.DIGITS, str(number))


def digits_version(server, name="digits"):
    request = predict_request(name, {"image": np.zeros([1, 28, 28, 1], np.float32)}, signature="predict_classes")
    return server.predict(request).model_spec.version.value


@pytest.fixture
def base(tmp_path):
    base = tmp_path / "digits"
    base.mkdir()
    return base


def test_upgrade_and_rollback_under_load_fail_no_request(base):
    place(version_folder(1), base / "1")
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        with Load(server.port, rate=1000) as load:
            time.sleep(1)
            for _ in range(2):
                place(version_folder(2), base / "2")
                server.wait_for("digits", 2)
                wait_until(lambda: digits_version(server) == 2, "version 2 answers")
                time.sleep(1)
                shutil.rmtree(base / "2")
                server.wait_for("digits", 1)
                wait_until(lambda: digits_version(server) == 1, "version 1 answers again")
                time.sleep(1)
        assert load.failures == 0, load.failed
        assert load.versions == {"1", "2"}
        assert load.rate > 20, f"only {load.rate:.0f} requests/s were sent"


def test_replaced_version_ends_and_stays_in_the_status(base):
    place(version_folder(1), base / "1")
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        place(version_folder(2), base / "2")
        wait_until(lambda: server.states("digits") == {2: AVAILABLE, 1: END}, "version 2 has replaced version 1")
        assert list(server.status("digits")) == [2, 1]
        answer = refusal(lambda: server.predict(predict_request("digits", {}, version=1)))
        assert answer == (grpc.StatusCode.NOT_FOUND, "Servable not found for request: Specific(digits, 1)")


def test_only_numbers_name_versions(base):
    place(version_folder(1), base / "00000003")
    for name in ("2.tmp", "v9", "-7", "7x", ".8", "99999999999999999999"):
        shutil.copytree(version_folder(2), base / name)
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        assert server.states("digits") == {3: AVAILABLE}
        assert digits_version(server) == 3


def test_model_that_arrives_after_the_start_is_served(base):
    with serving.Server("--model_name=digits", f"--model_base_path={base}") as server:
        time.sleep(1.5)
        assert server.alive
        place(version_folder(1), base / "1")
        server.wait_for("digits", 1)


@pytest.mark.parametrize("late", ["variables.index", "variables.data-00000-of-00001", "saved_model.pb", "variables"])
def test_version_in_copying_is_served_only_when_complete(base, late, goldens):
    """One file (or the folder `variables`) arrives seconds after the others, and grows slowly."""
    place(version_folder(1), base / "1")
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        target = base / "2"
        files = [
            os.path.join(os.path.relpath(folder, version_folder(2)), name)
            for folder, _, names in os.walk(version_folder(2))
            for name in names
        ]
        waiting = [file for file in files if late in file.split(os.sep)]
        assert waiting
        for file in sorted(set(files) - set(waiting)):
            os.makedirs((target / file).parent, exist_ok=True)
            shutil.copy(os.path.join(version_folder(2), file), target / file)
        _expect_version(server, 1, seconds=2.5)
        for file in sorted(waiting):
            os.makedirs((target / file).parent, exist_ok=True)
            with open(os.path.join(version_folder(2), file), "rb") as source:
                data = source.read()
            with open(target / file, "wb", buffering=0) as out:
                for part in range(4):
                    out.write(data[part * len(data) // 4 : (part + 1) * len(data) // 4])
                    if part < 3:
                        _expect_version(server, 1, seconds=0.5)
        wait_until(lambda: digits_version(server) == 2, "the complete version 2 is served")
        pictures = np.random.RandomState(5).uniform(0, 1, [16, 28, 28, 1]).astype(np.float32)
        answer = server.predict(predict_request("digits", {"image": pictures}))
        scores = serving.array(answer.outputs["decoded"])
        np.testing.assert_allclose(scores, goldens["digits"]["2"]["noise"], rtol=0, atol=1e-5)


def _expect_version(server, version, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert digits_version(server) == version
        time.sleep(0.1)


# Models that cannot be served


def served_beside(tmp_path, models):
    """A server of half_plus_two and `models` {name: version folder}; the folders arrive after the start."""
    bases = {"half_plus_two": serving.HALF_PLUS_TWO}
    for name in models:
        bases[name] = tmp_path / "models" / name
        bases[name].mkdir(parents=True)
        shutil.copytree(os.path.join(serving.HALF_PLUS_TWO, "1"), bases[name] / "1")
    path = serving.config(tmp_path / "models.config", bases)
    server = serving.Server(f"--model_config_file={path}", *ONCE, ready=bases)
    for name, folder in models.items():
        place(folder, bases[name] / "2")
    return server


def test_unknown_ops_are_all_named_at_once_and_others_are_served(tmp_path):
    folder = os.path.join(serving.FIXTURES, "models", "unknown", "1")
    with served_beside(tmp_path, {"unknown": folder}) as server:
        wait_until(lambda: server.states("unknown").get(2) == END, "version 2 has failed")
        text = server.status("unknown")[2].status.error_message
        for word in ("ReadTeaLeaves", "first", "ConsultTheOracle", "second"):
            assert word in text, text
        assert server.status("unknown")[2].status.error_code != 0
        wait_until(lambda: "ReadTeaLeaves" in server.log, "the log names the ops")
        assert server.states("unknown")[1] == AVAILABLE
        assert list(server.predict(half_plus_two()).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def broken_models(folder):
    """Copies of digits version 1 with one file damaged: name -> (version folder, whether it must not be served)."""
    source = version_folder(1)
    generator = random.Random(7)
    made = {}

    def damage(name, file, change, fatal):
        target = os.path.join(folder, name)
        shutil.copytree(source, target)
        path = os.path.join(target, file)
        with open(path, "rb") as opened:
            data = bytearray(opened.read())
        data = change(data)
        os.remove(path)
        if data is not None:
            with open(path, "wb") as opened:
                opened.write(data)
        made[name] = (target, fatal)

    def flip(share):
        def change(data):
            data[generator.randrange(int(len(data) * share))] ^= 1 << generator.randrange(8)
            return data

        return change

    def cut(share):
        return lambda data: data[: int(len(data) * share)]

    def noise(data):
        return bytearray(generator.randbytes(len(data)))

    graph, index, shard = "saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"
    for file, short in ((graph, "graph"), (index, "index"), (shard, "shard")):
        for share in (0, 0.3, 0.9, 0.999):
            damage(f"{short}_cut_at_{share}", file, cut(share), fatal=True)
        damage(f"{short}_of_noise", file, noise, fatal=True)
        damage(f"{short}_missing", file, lambda data: None, fatal=True)
        for number in range(8):
            # A changed bit of the graph may be a changed name or an unused value. Every byte of the shard has a checksum,
            # and so has the first half of the index, where the entries are.
            damage(f"{short}_flipped_{number}", file, flip(0.5 if short == "index" else 1), fatal=short != "graph")
    return made


def test_broken_models_are_refused_and_others_are_served(tmp_path):
    models = broken_models(str(tmp_path / "broken"))
    with served_beside(tmp_path, {name: folder for name, (folder, _) in models.items()}) as server:

        def settled():
            assert server.alive, server.log[-4000:]
            answer = server.predict(half_plus_two())
            assert list(answer.outputs["y"].float_val) == [2.5, 3.0, 4.5]
            entries = [server.status(name).get(2) for name in models]
            return all(entry and (entry.state == AVAILABLE or entry.status.error_code) for entry in entries)

        wait_until(settled, "every broken version is loaded, or its status says why not", every=0.5)
        for name, (_, fatal) in models.items():
            entry = server.status(name)[2]
            assert entry.state != AVAILABLE or not fatal, f"{name} is served"
            if entry.state != AVAILABLE:
                assert entry.status.error_message, f"{name} failed without a reason"
                version = server.predict(predict_request(name, {"x": np.float32([2])})).model_spec.version.value
                assert version == 1, f"{name}: the good version 1 must go on"


def test_files_that_are_deleted_or_replaced_while_served_do_no_harm(base, goldens):
    """Weights stay mapped, so the served version must not notice what happens to the names of its files."""
    shutil.copytree(version_folder(1), base / "1")
    pictures = np.random.RandomState(5).uniform(0, 1, [16, 28, 28, 1]).astype(np.float32)
    with serving.Server("--model_name=digits", f"--model_base_path={base}", ready=["digits"]) as server:
        shard = base / "1" / "variables" / "variables.data-00000-of-00001"
        (base / "replacement").write_bytes(b"short")
        os.rename(base / "replacement", shard)
        os.remove(base / "1" / "saved_model.pb")
        for _ in range(5):
            answer = server.predict(predict_request("digits", {"image": pictures}))
            scores = serving.array(answer.outputs["decoded"])
            np.testing.assert_allclose(scores, goldens["digits"]["1"]["noise"], rtol=0, atol=1e-5)
            time.sleep(0.5)
