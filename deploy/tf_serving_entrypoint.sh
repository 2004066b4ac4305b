#!/bin/sh
# Same name, environment and flags as TensorFlow Serving's image; what follows the image's name is appended and wins.
# exec: the server is process 1 itself, so `docker stop` reaches it and it drains.
exec /usr/bin/tensorflow_model_server --port=8500 --rest_api_port=8501 \
    --model_name="${MODEL_NAME}" --model_base_path="${MODEL_BASE_PATH}/${MODEL_NAME}" "$@"
