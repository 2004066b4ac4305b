"""Memory of the server: it comes back when versions are unloaded, and a load that cannot fit is refused."""

import os
import re

import numpy as np
import pytest

import large_model
import memory_cycles
import serving
from serving import wait_until


@pytest.mark.parametrize("flags", [[], ["--copy_weights"]], ids=["mapped", "copied"])
def test_memory_comes_back_after_each_unload(tmp_path, flags):
    size = 30_000_000
    first, last, peak = memory_cycles.run(tmp_path, size, 40, flags)
    # A server without models is small, so that what is kept of each load must be far below the size of one.
    assert last - first < 0.05 * size, f"{first} bytes were resident after the first loads, {last} after the last"
    # Without models it takes about as much as one of the ten that were loaded at the same time.
    assert first < 2 * size, f"{first} bytes stay resident"
    assert peak < 1.3, f"loading took {peak:.2f} times the weights"


LAYERS, WIDTH = 12, 1024


def products_of(matrices, x):
    for matrix in matrices:
        x = x.astype(np.float64) @ matrix
    return x


def check_products(server, matrices, **spec):
    x = np.linspace(-1, 1, 2 * WIDTH, dtype=np.float32).reshape(2, WIDTH)
    expected = products_of(matrices, x)
    for signature, sign in (("serving_default", 1), ("negative", -1)):
        answer = server.predict(serving.predict_request("products", {"x": x}, signature, **spec))
        np.testing.assert_allclose(serving.array(answer.outputs["y"]), sign * expected, rtol=1e-3, atol=1e-4)


def test_packed_weights_are_in_memory_once(tmp_path):
    """However many signatures and versions have them; and the files' own bytes, which no run reads, are not."""
    base = tmp_path / "products"
    matrices = large_model.write_products(str(base / "1"), LAYERS, WIDTH)
    weights = sum(matrix.nbytes for matrix in matrices)
    large_model.write_products(str(tmp_path / "aside" / "2"), LAYERS, WIDTH)
    other = large_model.write_products(str(tmp_path / "aside" / "3"), LAYERS, WIDTH, seed=1)
    config = tmp_path / "models.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "products" base_path: "{base}" model_platform: "tensorflow" '
        f'model_version_policy {{ all {{}} }} }} config {{ name: "half_plus_two" base_path: "{serving.HALF_PLUS_TWO}" '
        'model_platform: "tensorflow" } }'
    )
    hidden = tmp_path / "products.1"
    os.rename(base / "1", hidden)
    with serving.Server(f"--model_config_file={config}", ready=["half_plus_two"]) as server:
        rest = server.memory()

        def show(source, version):
            os.rename(source, base / str(version))
            server.wait_for("products", version)
            return server.memory()

        first = show(hidden, 1)
        assert server.memory("VmHWM") - rest < 1.5 * weights, f"the load took {server.memory('VmHWM') - rest} bytes"
        assert weights < first - rest
        check_products(server, matrices, version=1)
        before = server.memory()
        second = show(tmp_path / "aside" / "2", 2)
        assert second - before < 0.2 * weights, f"equal weights took {second - before} bytes more"
        check_products(server, matrices, version=2)
        before = server.memory()
        third = show(tmp_path / "aside" / "3", 3)
        assert weights < third - before < 1.3 * weights, f"other weights took {third - before} bytes"
        check_products(server, other, version=3)
        # What the two versions share outlives the one that came first.
        os.rename(base / "1", hidden)
        serving.wait_until(lambda: server.states("products").get(1) == serving.END, "version 1 is unloaded")
        check_products(server, matrices, version=2)
        for version in (2, 3):
            os.rename(base / str(version), tmp_path / "aside" / str(version))
        serving.wait_until(lambda: server.memory() - rest < 0.3 * weights, "the memory comes back")


def convolutions_of(filters, x):
    for weights in filters:
        padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
        x = sum(
            padded[:, row : row + x.shape[1], column : column + x.shape[2]] @ weights[row, column]
            for row in range(3)
            for column in range(3)
        )
    return x


def test_transformed_weights_of_convolutions_stay_within_their_share(tmp_path):
    """All of these convolutions would be faster with weights of twice or four times the size."""
    size, channels = 14, 256
    base = tmp_path / "convolutions"
    filters = large_model.write_convolutions(str(tmp_path / "aside"), 16, channels, size)
    weights = sum(values.nbytes for values in filters)
    config = serving.config(
        tmp_path / "models.config", {"convolutions": base, "half_plus_two": serving.HALF_PLUS_TWO}
    )
    os.mkdir(base)
    with serving.Server(f"--model_config_file={config}", ready=["half_plus_two"]) as server:
        rest = server.memory()
        os.rename(tmp_path / "aside", base / "1")
        server.wait_for("convolutions", 1)
        peak = server.memory("VmHWM") - rest
        # A fifth for what is transformed, and in so small a model as much for what is just being packed.
        assert peak < 1.5 * weights, f"the load took {peak / weights:.2f} times the weights"
        x = np.random.default_rng(1).standard_normal((1, size, size, channels)).astype(np.float32)
        answer = server.predict(serving.predict_request("convolutions", {"x": x}))
        expected = convolutions_of(filters, x)
        np.testing.assert_allclose(
            serving.array(answer.outputs["y"]), expected, rtol=0, atol=1e-4 * np.abs(expected).max()
        )


def test_weights_survive_when_their_file_is_changed_after_they_were_packed(tmp_path):
    base = tmp_path / "products"
    matrices = large_model.write_products(str(base / "1"), LAYERS, WIDTH)
    with serving.Server("--model_name=products", f"--model_base_path={base}", ready=["products"]) as server:
        check_products(server, matrices)
        with open(base / "1" / large_model.SHARD, "r+b") as shard:
            shard.truncate(1000)
        check_products(server, matrices)
        # A version that shares weights with one whose file is gone.
        large_model.write_products(str(tmp_path / "2"), LAYERS, WIDTH)
        os.rename(tmp_path / "2", base / "2")
        server.wait_for("products", 2)
        check_products(server, matrices, version=2)


class MemoryGroup:
    """A control group with a limit on memory, in version 2 or 1 of the interface; skips the test where none can be made."""

    def __init__(self, byte_count):
        first = "/sys/fs/cgroup/memory"
        try:
            self.folder = os.path.join(first if os.path.isdir(first) else "/sys/fs/cgroup", f"model-server-test-{os.getpid()}")
            os.mkdir(self.folder)
        except OSError as error:
            pytest.skip(f"no control group can be made here: {error}")
        limit = "memory.limit_in_bytes" if os.path.isdir(first) else "memory.max"
        try:
            with open(os.path.join(self.folder, limit), "w") as file:
                file.write(str(byte_count))
        except OSError as error:
            os.rmdir(self.folder)
            pytest.skip(f"no limit of memory can be set here: {error}")
        self.wrapper = ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        wait_until(self._remove, "the control group is empty")

    def _remove(self):
        try:
            os.rmdir(self.folder)
        except OSError:
            return False
        return True


def test_a_model_that_does_not_fit_into_the_memory_is_refused(tmp_path):
    limit, size = 100 << 20, 200_000_000
    base = tmp_path / "large"
    large_model.write(str(base / "1"), size)
    config = serving.config(tmp_path / "models.config", {"half_plus_two": serving.HALF_PLUS_TWO, "large": base})
    flags = [f"--model_config_file={config}", "--max_num_load_retries=0"]
    with MemoryGroup(limit) as group:
        with serving.Server(*flags, ready=["half_plus_two"], wrapper=group.wrapper) as server:
            wait_until(lambda: server.states("large").get(1) == serving.END, "the large model is refused")
            status = server.status("large")[1].status
            assert status.error_code == 8, status
            numbers = re.fullmatch(
                r"Loading {name: large version: 1} needs about (\d+) bytes of memory for its files of (\d+) bytes; "
                r"(\d+) bytes are available, of (\d+) that this process may use",
                status.error_message,
            )
            assert numbers, status.error_message
            needed, files, available, total = map(int, numbers.groups())
            assert available < needed and available < total == limit and size < files < needed
            assert list(server.predict(serving.half_plus_two()).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def test_models_that_fit_into_the_memory_one_after_the_other_are_all_served(tmp_path):
    """Loads in progress at the same time must not be refused because of each other."""
    models = {}
    for number in range(4):
        models[f"m{number}"] = tmp_path / f"m{number}"
        large_model.write(str(models[f"m{number}"] / "1"), 20_000_000, seed=number)
    config = serving.config(tmp_path / "models.config", models)
    flags = [f"--model_config_file={config}", "--max_num_load_retries=0", "--num_load_threads=4", "--copy_weights"]
    with MemoryGroup(160 << 20) as group:
        with serving.Server(*flags, ready=models, wrapper=group.wrapper) as server:
            assert all(server.states(name) == {1: serving.AVAILABLE} for name in models)
