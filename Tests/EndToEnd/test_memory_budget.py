"""More models than there is memory for."""

import os

import numpy as np

import serving
from serving import AVAILABLE, predict_request, wait_until
from test_versions import version_folder

START = 10


def test_models_beyond_the_budget_are_not_loaded_and_say_so(tmp_path):
    """Eight times the digits, of about 200 KiB each, in 1 MiB."""
    names = [f"model_{number}" for number in range(8)]
    for name in names:
        (tmp_path / name).mkdir()
        os.symlink(version_folder(1), tmp_path / name / "1")
    path = serving.config(tmp_path / "models.config", {name: tmp_path / name for name in names})
    flags = [f"--model_config_file={path}", "--model_memory_budget_mb=1", "--pinned_models=model_7"]
    with serving.Server(*flags, ready=["model_7"]) as server:

        def states():
            return [server.states(name).get(1) for name in names]

        wait_until(lambda: set(states()) == {AVAILABLE, START}, "every model is loaded or has no room")
        loaded = states().count(AVAILABLE)
        assert 3 <= loaded <= 6, states()
        for name, state in zip(names, states()):
            entry = server.status(name)[1]
            assert entry.status.error_code == 0
            if state == START:
                assert "do not fit into the memory budget of 1 MiB now" in entry.status.error_message, entry
            else:
                server.predict(predict_request(name, {"image": np.zeros([1, 28, 28, 1], np.float32)}))
        # Whoever asks for a model gets it; of the others those go that were asked for longest ago, the pinned one never.
        for round in range(2):
            for name in names:
                server.predict(predict_request(name, {"image": np.zeros([1, 28, 28, 1], np.float32)}))
                assert server.states("model_7") == {1: AVAILABLE}
                assert states().count(AVAILABLE) <= loaded + 1, states()
        assert "to make room for model" in server.log
