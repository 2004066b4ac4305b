# docker build -t swift-model-server .
# docker run -p 8500:8500 -p 8501:8501 -v "$PWD/Examples/digits/models/digits:/models/digits" -e MODEL_NAME=digits swift-model-server

FROM swift:6.3.1-bookworm AS build
WORKDIR /src
COPY Scripts/install-dependencies Scripts/
RUN Scripts/install-dependencies build image
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product model_server \
    && deploy=/image/usr && mkdir -p $deploy/bin $deploy/lib /image/models \
    && strip --strip-all -o $deploy/bin/model_server .build/release/model_server \
    && ln -s model_server $deploy/bin/tensorflow_model_server
COPY deploy deploy
RUN deploy/trim-openblas Sources /image/usr/lib \
    && install -D -m 644 /usr/share/doc/libopenblas0-pthread/copyright /image/usr/share/doc/libopenblas0-pthread/copyright \
    && install -m 755 deploy/tf_serving_entrypoint.sh /image/usr/bin/

FROM debian:bookworm-slim
ARG VERSION=development
LABEL org.opencontainers.image.title="Swift Model Server" \
      org.opencontainers.image.description="Serves TensorFlow SavedModels on CPUs over TensorFlow Serving's API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libjpeg62-turbo libmicrohttpd12 libnghttp2-14 libpng16-16 libprotobuf-c1 libre2-9 libsimdjson14 libssl3 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/log/*
COPY --from=build /image /
ENV MODEL_NAME=model MODEL_BASE_PATH=/models
EXPOSE 8500 8501
USER 65532:65532
ENTRYPOINT ["/usr/bin/tf_serving_entrypoint.sh"]
