"""Server reflection: clients that know nothing but the address."""

import struct

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tensorflow_serving.apis import model_service_pb2, prediction_service_pb2  # noqa: F401

import serving
import wire

SERVICES = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "tensorflow.ProfilerService",
    "tensorflow.serving.ModelService",
    "tensorflow.serving.PredictionService",
]
VERSIONS = ["v1", "v1alpha"]
# Fields that only this server has begin here.
OWN = 1001


def reflect(server, version, *requests):
    """The responses to requests of one call."""
    method = server.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    wanted = [reflection_pb2.ServerReflectionRequest(**request) for request in requests]
    return list(method(iter(wanted), timeout=120))


def files(response):
    return [
        descriptor_pb2.FileDescriptorProto.FromString(data)
        for data in response.file_descriptor_response.file_descriptor_proto
    ]


@pytest.fixture
def reflected(server):
    """A descriptor pool that is filled by reflection alone."""
    return descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(server.channel))


@pytest.mark.parametrize("version", VERSIONS)
def test_services_are_listed(server, version):
    (response,) = reflect(server, version, {"host": "here", "list_services": "*"})
    assert [service.name for service in response.list_services_response.service] == SERVICES
    assert response.valid_host == "here"
    assert response.original_request.list_services == "*"


def test_services_that_are_switched_off_are_not_listed():
    flags = ["--model_name=half_plus_two", f"--model_base_path={serving.HALF_PLUS_TWO}"]
    with serving.Server("--enable_grpc_healthcheck_service=false", *flags, ready=["half_plus_two"]) as server:
        (response,) = reflect(server, "v1", {"list_services": ""})
        names = [service.name for service in response.list_services_response.service]
        assert names == [name for name in SERVICES if name != "grpc.health.v1.Health"]


def call(server, pool, service, method, request):
    """Calls a method from a JSON request, knowing only descriptors from reflection; the answer as JSON and as a message."""
    described = pool.FindServiceByName(service).methods_by_name[method]
    request_class = message_factory.GetMessageClass(described.input_type)
    answer_class = message_factory.GetMessageClass(described.output_type)
    invoke = server.channel.unary_unary(
        f"/{service}/{method}",
        request_serializer=request_class.SerializeToString,
        response_deserializer=answer_class.FromString,
    )
    answer = invoke(json_format.ParseDict(request, request_class(), descriptor_pool=pool), timeout=120)
    return answer


def test_predict_works_from_reflected_descriptors(server, reflected):
    tensor = {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": 3}]}, "floatVal": [1, 2, 5]}
    request = {"modelSpec": {"name": "half_plus_two"}, "inputs": {"x": tensor}}
    answer = call(server, reflected, "tensorflow.serving.PredictionService", "Predict", request)
    found = json_format.MessageToDict(answer, descriptor_pool=reflected)
    assert found["outputs"]["y"]["floatVal"] == [2.5, 3.0, 4.5]
    assert found["modelSpec"]["name"] == "half_plus_two"


def test_status_and_metadata_work_from_reflected_descriptors(server, reflected):
    spec = {"modelSpec": {"name": "half_plus_two"}}
    answer = call(server, reflected, "tensorflow.serving.ModelService", "GetModelStatus", spec)
    states = json_format.MessageToDict(answer, descriptor_pool=reflected)["modelVersionStatus"]
    assert [state["state"] for state in states] == ["AVAILABLE"]
    request = spec | {"metadataField": ["signature_def"]}
    answer = call(server, reflected, "tensorflow.serving.PredictionService", "GetModelMetadata", request)
    # The map's values are Any, whose type reflection describes, too.
    found = json_format.MessageToDict(answer, descriptor_pool=reflected)
    assert "serving_default" in found["metadata"]["signature_def"]["signatureDef"]


def test_descriptors_are_the_official_ones(server):
    """Every message that the API can carry has the official fields: names, numbers, types."""
    official = descriptor_pool.Default()
    (first, second) = reflect(
        server,
        "v1",
        {"file_containing_symbol": "tensorflow.serving.PredictionService"},
        {"file_containing_symbol": "tensorflow.serving.ModelService"},
    )
    everything = files(first) + files(second)
    names = [file.name for file in everything]
    assert len(names) == len(set(names)), "an import was sent twice"
    for file in everything:
        for needed in file.dependency:
            assert needed in names
    compared = 0

    def compare(scope, message):
        nonlocal compared
        described = descriptor_pb2.DescriptorProto()
        official.FindMessageTypeByName(f"{scope}.{message.name}").CopyToProto(described)
        fields = [
            {field.number: (field.name, field.type, field.type_name, field.label) for field in of.field if field.number < OWN}
            for of in (message, described)
        ]
        assert fields[0] == fields[1], f"{scope}.{message.name}"
        compared += 1
        for nested in message.nested_type:
            compare(f"{scope}.{message.name}", nested)

    # What only the batching parameters of a model need is a field of this server's own; the official stubs lack the file.
    dependencies = {file.name: file.dependency for file in everything}
    carried, look = set(), [names[0], names[len(files(first))]]
    while look:
        name = look.pop()
        if name not in carried and not name.endswith("/session_bundle_config.proto"):
            carried.add(name)
            look += dependencies[name]
    for file in everything:
        for message in file.message_type if file.name in carried else []:
            compare(file.package, message)
    assert compared > 100


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_not_there_is_an_error_response_and_the_call_goes_on(server, version):
    requests = [
        {"file_by_filename": "no/such.proto"},
        {"file_containing_symbol": "no.such.Symbol"},
        {"file_containing_extension": {"containing_type": "tensorflow.TensorProto", "extension_number": 1}},
        {"all_extension_numbers_of_type": "no.such.Type"},
        {"all_extension_numbers_of_type": "tensorflow.serving.PredictionService"},
        {"file_by_filename": "tensorflow_serving/apis/model.proto"},
    ]
    responses = reflect(server, version, *requests)
    assert [response.error_response.error_code for response in responses] == [5, 5, 5, 5, 5, 0]
    assert responses[1].error_response.error_message == "Symbol not found: no.such.Symbol"
    names = [file.name for file in files(responses[-1])]
    assert names == ["tensorflow_serving/apis/model.proto", "google/protobuf/wrappers.proto"]


def test_types_have_no_extensions(server):
    (response,) = reflect(server, "v1", {"all_extension_numbers_of_type": "tensorflow.TensorProto"})
    assert response.all_extension_numbers_response.base_type_name == "tensorflow.TensorProto"
    assert not response.all_extension_numbers_response.extension_number


@pytest.mark.parametrize(
    "symbol, file",
    [
        ("tensorflow.TensorProto", "tensorflow/core/framework/tensor.proto"),
        ("tensorflow.TensorShapeProto.Dim", "tensorflow/core/framework/tensor_shape.proto"),
        ("tensorflow.TensorShapeProto.Dim.size", "tensorflow/core/framework/tensor_shape.proto"),
        ("tensorflow.DataType", "tensorflow/core/framework/types.proto"),
        ("tensorflow.DT_FLOAT", "tensorflow/core/framework/types.proto"),
        ("tensorflow.serving.PredictionService.Predict", "tensorflow_serving/apis/prediction_service.proto"),
        ("grpc.reflection.v1.ServerReflection", "grpc/reflection/v1/reflection.proto"),
        ("google.protobuf.Any", "google/protobuf/any.proto"),
    ],
)
def test_symbols_of_all_kinds_are_found(server, symbol, file):
    (response,) = reflect(server, "v1", {"file_containing_symbol": symbol})
    assert files(response)[0].name == file


def test_request_for_nothing_ends_the_call(server):
    code, _ = serving.refusal(lambda: reflect(server, "v1", {}))
    assert code == grpc.StatusCode.INVALID_ARGUMENT


def test_call_without_requests_ends_well(server):
    assert reflect(server, "v1") == []


def test_many_requests_of_one_call_are_answered_in_order(server):
    names = [f"no.such.Symbol{number}" for number in range(3000)]
    responses = reflect(server, "v1", *({"file_containing_symbol": name} for name in names))
    assert [response.original_request.file_containing_symbol for response in responses] == names


def test_request_beyond_the_limit_is_refused(server):
    code, text = serving.refusal(lambda: reflect(server, "v1", {"file_by_filename": "x" * 20_000}))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in text


def test_caller_that_reads_nothing_is_stopped(server):
    """A megabyte of requests whose answers would fill hundreds: flow control holds them back, and they cost little."""
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol="tensorflow.serving.PredictionService")
    # Imports are sent once for each call, but the file itself each time.
    one = wire.message(request.SerializeToString())
    before = server.memory()
    with wire.Connection(server.port) as connection:
        connection.socket.settimeout(1)
        path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
        for _ in range(3):
            stream = connection.open(wire.request_headers(path=path), end=False)
            with pytest.raises(TimeoutError):
                connection.send_large(stream, one * 100_000)
        assert server.memory() - before < 40 << 20
    assert list(server.predict(serving.half_plus_two()).outputs["y"].float_val) == [2.5, 3.0, 4.5]


def test_slow_reader_gets_every_answer_in_order(server):
    """Answers are read only when the server has stopped taking requests; then all of them come."""
    names = [f"no.such.Symbol{number:06}" for number in range(12_000)]
    body = b"".join(
        wire.message(reflection_pb2.ServerReflectionRequest(file_containing_symbol=name).SerializeToString())
        for name in names
    )
    with wire.Connection(server.port) as connection:
        stream = connection.open(
            wire.request_headers(path="/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"), end=False
        )
        connection.send_large(stream, body)
        connection.send(wire.frame(wire.WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 30)))
        connection.send(wire.frame(wire.WINDOW_UPDATE, 0, stream, struct.pack(">I", 1 << 30)))
        fields, answer = connection.answer(stream)
    assert fields["grpc-status"] == "0"
    found = []
    while answer:
        size = int.from_bytes(answer[1:5], "big")
        response = reflection_pb2.ServerReflectionResponse.FromString(answer[5 : 5 + size])
        found.append(response.original_request.file_containing_symbol)
        answer = answer[5 + size :]
    assert found == names
