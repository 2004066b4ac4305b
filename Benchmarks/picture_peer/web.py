"""The web half of the classic Keras + Flask + Redis image server, rebuilt to be measured beside ours.

An upload is decoded, brought to 224x224 and preprocessed in the request's thread, put into a list in Redis as base64 in
JSON, and its answer is looked for every 0.25 s. Ten threads serve, as the classic Apache configuration has them.

    python3 web.py PORT REDIS_PORT
"""

import base64
import io
import json
import sys
import time
import uuid

import flask
import numpy as np
import redis
import waitress
from PIL import Image

LOOK_EVERY = 0.25
THREADS = 10
MEANS = np.array([103.939, 116.779, 123.68], np.float32)  # blue, green, red, as keras.applications' caffe mode

app = flask.Flask(__name__)
queue = redis.StrictRedis(port=int(sys.argv[2]))


def prepared(upload):
    picture = Image.open(io.BytesIO(upload)).convert("RGB").resize((224, 224))
    pixels = np.asarray(picture, np.float32)[:, :, ::-1] - MEANS
    return np.ascontiguousarray(pixels[None])


@app.post("/predict")
def predict():
    answer = {"success": False}
    if upload := flask.request.files.get("image"):
        name = str(uuid.uuid4())
        pixels = base64.b64encode(prepared(upload.read())).decode()
        queue.rpush("pictures", json.dumps({"name": name, "pixels": pixels}))
        while (found := queue.get(name)) is None:
            time.sleep(LOOK_EVERY)
        queue.delete(name)
        answer = {"success": True, "predictions": json.loads(found)}
    return flask.jsonify(answer)


waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=THREADS, connection_limit=2000, _quiet=True)
