"""The model half of the classic Keras + Flask + Redis image server, rebuilt to be measured beside ours.

One process with ResNet50 looks into the list in Redis every 0.25 s, takes up to 32 pictures, runs them as one batch, and
writes an answer for each.

    python3 model.py REDIS_PORT SEED
"""

import base64
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import redis

LOOK_EVERY = 0.25
MOST_AT_ONCE = 32

queue = redis.StrictRedis(port=int(sys.argv[1]))
keras.utils.set_random_seed(int(sys.argv[2]))
model = keras.applications.ResNet50(weights=None)


def answer(waiting):
    jobs = [json.loads(text) for text in waiting]
    pictures = [np.frombuffer(base64.b64decode(job["pixels"]), np.float32).reshape(224, 224, 3) for job in jobs]
    for job, row in zip(jobs, model.predict(np.stack(pictures), verbose=0)):
        best = row.argsort()[-5:][::-1]
        labels = [{"label": f"class_{index}", "probability": float(row[index])} for index in best]
        queue.set(job["name"], json.dumps(labels))


# The first run compiles.
model.predict(np.zeros((1, 224, 224, 3), np.float32), verbose=0)
queue.set("ready", "1")
while True:
    if waiting := queue.lrange("pictures", 0, MOST_AT_ONCE - 1):
        answer(waiting)
        queue.ltrim("pictures", len(waiting), -1)
    else:
        time.sleep(LOOK_EVERY)
