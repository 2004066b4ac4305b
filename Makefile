# make serve    build the server and serve the bundled models on port 8500 (PORT=... for another), REST on 8501 (REST_PORT=...)
# make test     everything that is checked: unit tests, generated code, style, end-to-end tests
# make build    only build the server: .build/release/model_server
# make format   format the Swift sources
#
# What is missing is installed by apt, which needs root or sudo.

PORT ?= 8500
REST_PORT ?= 8501
SERVER := .build/release/model_server
SWIFT_RELEASE := swift build -c release --static-swift-stdlib --product

.PHONY: serve test build unit-tests sanitized-unit-tests check end-to-end-tests format

serve: build
	@Scripts/install-dependencies run
	@Scripts/how-to-call $(PORT) $(REST_PORT)
	@exec $(SERVER) --port=$(PORT) --rest_api_port=$(REST_PORT) --model_config_file=models.config

build:
	@Scripts/install-dependencies build
	$(SWIFT_RELEASE) model_server

test: check unit-tests sanitized-unit-tests end-to-end-tests

check:
	@Scripts/install-dependencies test python
	Scripts/check-generated
	Scripts/lint

unit-tests:
	@Scripts/install-dependencies build run
	swift build --build-tests
	swift test --skip-build

# Leaks are not looked for: the test runner itself has some. An error names a few callers of who allocated or freed, which takes
# far less time than all of them. Long simulations of what is decided touch no memory that could be used wrongly.
SIMULATIONS := SchedulerThroughputTests|SchedulerPropertyTests|BatchSweepTests|noSequenceOfEvents
sanitized-unit-tests:
	@Scripts/install-dependencies build run
	swift build --build-tests --sanitize=address --scratch-path .build-asan
	ASAN_OPTIONS=detect_leaks=0:malloc_context_size=5 \
		swift test --skip-build --sanitize=address --scratch-path .build-asan --skip '$(SIMULATIONS)'

# Most of them wait for a server most of the time, so several run at once.
end-to-end-tests: build
	$(SWIFT_RELEASE) CountedServer
	@Scripts/install-dependencies run
	@Scripts/install-python
	MODEL_SERVER=$(SERVER) .venv/bin/python -m pytest Tests/EndToEnd -q -p no:cacheprovider -n 4 --dist worksteal

format:
	Scripts/format
