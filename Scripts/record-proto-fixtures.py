"""Records what the official packages say about our protos into Tests/Fixtures/Protos/.

usage: python3 Scripts/record-proto-fixtures.py      (needs tensorflow and tensorflow-serving-api; and protoc)

* schema.txt    every message, field and enum value that Protos/ declares, as the official descriptors have them;
* tensors.txt   encoded TensorProtos and what TensorFlow's own decoder (tf.io.parse_tensor) makes of them;
* text.txt      texts and what protobuf's own text parser makes of them;
* saved_model.{pb,pbtxt}, predict_request.pb    real messages.

Fails if Protos/ differs from the official descriptors anywhere.
"""

import os
import subprocess
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, text_format
from tensorflow.core.framework import graph_pb2, tensor_pb2, types_pb2, variable_pb2  # noqa: F401
from tensorflow.core.protobuf import (  # noqa: F401
    config_pb2,
    error_codes_pb2,
    named_tensor_pb2,
    saved_model_pb2,
    saved_object_graph_pb2,
    tensor_bundle_pb2,
    trackable_object_graph_pb2,
)
from tensorflow.tsl.profiler.protobuf import profiler_options_pb2, xplane_pb2  # noqa: F401
from tensorflow_serving.apis import (  # noqa: F401
    get_model_metadata_pb2,
    model_service_pb2,
    predict_pb2,
    prediction_log_pb2,
    prediction_service_pb2,
    session_service_pb2,
)
from tensorflow_serving.config import model_server_config_pb2, platform_config_pb2

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
target = os.path.join(root, "Tests", "Fixtures", "Protos")

# What no official Python package describes.
UNPUBLISHED = {
    "tensorflow.serving.SSLConfig",
    "tensorflow.serving.PrometheusConfig",
    "tensorflow.serving.MonitoringConfig",
    "tensorflow.serving.SessionBundleConfig",
    "tensorflow.serving.BatchingParameters",
    "tensorflow.ToolRequestOptions",
    "tensorflow.ProfileRequest",
    "tensorflow.ProfileToolData",
    "tensorflow.ProfileResponse",
    "tensorflow.TerminateRequest",
    "tensorflow.TerminateResponse",
    "tensorflow.MonitorRequest",
    "tensorflow.MonitorResponse",
    "tensorflow.ProfilerServiceMonitorResult",
}

# Fields with higher numbers are our own.
LAST_OFFICIAL = 1000

TYPES = {
    value: name[5:].lower() for name, value in descriptor_pb2.FieldDescriptorProto.Type.items()
}


def our_files():
    protos = os.path.join(root, "Protos")
    files = []
    for folder, _, names in os.walk(protos):
        files += [os.path.relpath(os.path.join(folder, name), protos) for name in names if name.endswith(".proto")]
    with tempfile.TemporaryDirectory() as work:
        out = os.path.join(work, "all.pb")
        command = ["protoc", "-I.", "-I/usr/include", "--include_imports", f"--descriptor_set_out={out}"]
        subprocess.run(command + sorted(files), cwd=protos, check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(open(out, "rb").read())


def described(field):
    """A field in one line: number, type, label, oneof."""
    kind = TYPES[field.type]
    if field.message_type is not None:
        kind += " " + field.message_type.full_name
    elif field.enum_type is not None:
        kind += " " + field.enum_type.full_name
    oneof = field.containing_oneof.name if field.containing_oneof is not None else "-"
    if oneof.startswith("_"):
        # protoc-c has no proto3 `optional`; ours are oneofs with one field.
        oneof = "optional" + oneof
    return f"{field.number} {'repeated' if field.is_repeated else 'single'} {oneof} {kind}"


def record_schema():
    official = descriptor_pool.Default()
    pool = descriptor_pool.DescriptorPool()
    files = our_files()
    for file in files.file:
        pool.Add(file)
    lines, faults = [], []

    def enum(name, ours):
        theirs = official.FindEnumTypeByName(name)
        for value in ours.values:
            number = theirs.values_by_name[value.name].number if value.name in theirs.values_by_name else None
            if number != value.number:
                faults.append(f"{name}.{value.name}: {value.number}, officially {number}")
            lines.append(f"value {name} {value.name} {number}")

    def message(ours):
        name = ours.full_name
        if name in UNPUBLISHED or name.startswith(("grpc.", "model_server.")):
            return
        theirs = official.FindMessageTypeByName(name)
        lines.append(f"message {name}")
        for field in ours.fields:
            if field.number > LAST_OFFICIAL:
                continue
            if field.name not in theirs.fields_by_name:
                faults.append(f"{name}.{field.name} does not exist")
                continue
            want = described(theirs.fields_by_name[field.name])
            if described(field) != want:
                faults.append(f"{name}.{field.name}: {described(field)}, officially {want}")
            lines.append(f"field {name} {field.name} {want}")
        for nested in ours.nested_types:
            message(nested)
        for nested in ours.enum_types:
            enum(nested.full_name, nested)

    for file in files.file:
        loaded = pool.FindFileByName(file.name)
        for item in loaded.message_types_by_name.values():
            message(item)
        for item in loaded.enum_types_by_name.values():
            enum(item.full_name, item)
    if faults:
        sys.exit("Protos/ differs from the official descriptors:\n" + "\n".join(faults))
    with open(os.path.join(target, "schema.txt"), "w") as file:
        file.write("\n".join(sorted(lines)) + "\n")


def shape(*sizes):
    proto = tf.TensorShape([]).as_proto()
    for size in sizes:
        proto.dim.add(size=size)
    return proto


def tensor_cases():
    """Pairs of a name and a TensorProto."""
    T = tensor_pb2.TensorProto
    D = types_pb2
    cases = []

    def add(name, dtype, dims, **fields):
        cases.append((name, T(dtype=dtype, tensor_shape=None if dims is None else shape(*dims), **fields)))

    add("float_full", D.DT_FLOAT, [2, 2], float_val=[1.5, -2, 3.25, float("inf")])
    add("float_repeat", D.DT_FLOAT, [5], float_val=[1, 2])
    add("float_one", D.DT_FLOAT, [3], float_val=[7])
    add("float_cut", D.DT_FLOAT, [2], float_val=[1, 2, 3])
    add("float_empty", D.DT_FLOAT, [2], )
    add("float_scalar_no_shape", D.DT_FLOAT, None, float_val=[4])
    add("float_zero_dim", D.DT_FLOAT, [0, 3])
    add("float_zero_dim_values", D.DT_FLOAT, [0, 3], float_val=[4])
    add("float_wrong_field", D.DT_FLOAT, [2], int_val=[1, 2])
    add("float_content", D.DT_FLOAT, [2], tensor_content=np.array([1, -1], "<f4").tobytes())
    add("float_content_wins", D.DT_FLOAT, [1], tensor_content=np.array([1], "<f4").tobytes(), float_val=[9])
    add("float_content_short", D.DT_FLOAT, [2], tensor_content=b"\0" * 7)
    add("float_content_long", D.DT_FLOAT, [2], tensor_content=b"\0" * 9)
    add("float_content_zero_dim", D.DT_FLOAT, [0], tensor_content=b"\0")
    add("double", D.DT_DOUBLE, [3], double_val=[1e300, -0.0])
    for kind in ["INT32", "INT16", "INT8", "UINT8", "UINT16", "QINT8", "QUINT8", "QINT32", "QINT16", "QUINT16"]:
        add(kind.lower(), getattr(D, "DT_" + kind), [6], int_val=[1, -1, 70000, 300, -2147483648])
    add("int16_content", D.DT_INT16, [2], tensor_content=b"\x01\x00\xff\xff")
    add("int64", D.DT_INT64, [3], int64_val=[-1, 2**62])
    add("uint32", D.DT_UINT32, [3], uint32_val=[1, 2**32 - 1])
    add("uint64", D.DT_UINT64, [3], uint64_val=[1, 2**64 - 1])
    add("bool", D.DT_BOOL, [4], bool_val=[True, False])
    add("bool_content", D.DT_BOOL, [2], tensor_content=b"\x01\x00")
    add("half", D.DT_HALF, [3], half_val=[0x3C00, 0x13C01])
    add("bfloat16", D.DT_BFLOAT16, [3], half_val=[0x3F80, 0xC000])
    add("complex64", D.DT_COMPLEX64, [3], scomplex_val=[1, 2, 3, 4, 5])
    add("complex64_one_real", D.DT_COMPLEX64, [2], scomplex_val=[1])
    add("complex128", D.DT_COMPLEX128, [2], dcomplex_val=[1, 2])
    add("string", D.DT_STRING, [3], string_val=[b"a\0b", b""])
    add("string_repeat", D.DT_STRING, [4], string_val=[b"x", b"yz"])
    add("string_none", D.DT_STRING, [2])
    add("string_content", D.DT_STRING, [2], tensor_content=b"\x01\x02abc")
    add("string_content_short", D.DT_STRING, [2], tensor_content=b"\x01\x02ab")
    add("string_content_long", D.DT_STRING, [2], tensor_content=b"\x01\x02abcd")
    add("negative_dim", D.DT_FLOAT, [-1], float_val=[1])
    add("overflow", D.DT_FLOAT, [2**40, 2**40], float_val=[1])
    add("invalid_type", 0, [1], float_val=[1])
    add("reference_type", D.DT_FLOAT_REF, [1], float_val=[1])
    unknown = T(dtype=D.DT_FLOAT, float_val=[3])
    unknown.tensor_shape.unknown_rank = True
    cases.append(("unknown_rank", unknown))
    return cases


QUANTISED = {"qint8": tf.int8, "quint8": tf.uint8, "qint16": tf.int16, "quint16": tf.uint16, "qint32": tf.int32}


def decoded(proto):
    """What TensorFlow's decoder makes of `proto`, and the content form of that ("-" for quantised types)."""
    wire = proto.SerializeToString(deterministic=True)
    dtype = tf.dtypes.as_dtype(proto.dtype)
    if dtype.name not in QUANTISED:
        value = tf.io.parse_tensor(wire, dtype)
        return value.numpy(), tf.io.serialize_tensor(value).numpy().hex()
    # Few kernels know these types, but a constant of a graph goes through the same decoder.
    definition = graph_pb2.GraphDef()
    node = definition.node.add(name="c", op="Const")
    node.attr["dtype"].type = proto.dtype
    node.attr["value"].tensor.CopyFrom(proto)
    graph = tf.Graph()
    with graph.as_default(), tf.compat.v1.Session(graph=graph) as session:
        tf.import_graph_def(definition, name="")
        return session.run(tf.bitcast(graph.get_tensor_by_name("c:0"), QUANTISED[dtype.name])), "-"


def record_tensors():
    lines = []
    for name, proto in tensor_cases():
        wire = proto.SerializeToString(deterministic=True)
        try:
            array, content_form = decoded(proto)
        except Exception as fault:
            print(f"{name}: {type(fault).__name__}: {str(fault)[:120]!r}")
            lines.append(f"{name} {wire.hex()} error")
            continue
        array = np.asarray(array)
        dims = ",".join(str(size) for size in array.shape) or "-"
        if proto.dtype == types_pb2.DT_STRING:
            content = ",".join(item.hex() or "''" for item in array.ravel().tolist()) or "-"
        else:
            content = np.ascontiguousarray(array).tobytes().hex() or "-"
        lines.append(f"{name} {wire.hex()} {proto.dtype} {dims} {content} {content_form}")
    with open(os.path.join(target, "tensors.txt"), "w") as file:
        file.write("\n".join(lines) + "\n")


TEXTS = [
    (model_server_config_pb2.ModelServerConfig, 'model_config_list { config { name: "a" base_path: "/m/a" } }'),
    (
        model_server_config_pb2.ModelServerConfig,
        "# comment\nmodel_config_list: <\n  config: [ { name: 'a' \"b\" model_platform: \"tensorflow\", "
        "model_version_policy { specific { versions: 1; versions: 0x10 versions: 010 } } "
        'version_labels { key: "stable" value: -3 } }, { model_type: TENSORFLOW } ]\n>',
    ),
    (
        model_server_config_pb2.ModelServerConfig,
        "custom_model_config { [type.googleapis.com/tensorflow.serving.ModelConfig] { name: \"n\" } }",
    ),
    (predict_pb2.PredictRequest, 'inputs { key: "x" value { dtype: DT_FLOAT tensor_shape { dim { size: 2 } } float_val: [1, -2.5e3f] } }'),
    (
        tensor_pb2.TensorProto,
        "dtype: 2 double_val: inf double_val: -infinity double_val: 1e400 double_val: .5 double_val: 3 double_val: 7f",
    ),
    (tensor_pb2.TensorProto, r"tensor_content: '\n\t\"\'\\\x41\101\0\377é\u00e9\U0001F600' string_val: ['', \"\"]"),
    (tensor_pb2.TensorProto, "bool_val: true bool_val: f bool_val: 1 bool_val: False bool_val: t int_val: [] half_val: [ -1 , 2 ]"),
    (graph_pb2.GraphDef, 'node { name: "n" op: "Add" attr { key: "T" value { type: DT_FLOAT } } attr { key: "v" value { list { i: [1,2] s: "x" } } } }'),
    (config_pb2.ConfigProto, "intra_op_parallelism_threads: 4 gpu_options { allow_growth: true } device_count { key: 'CPU' value: 2 }"),
]


def record_texts():
    lines = []
    for kind, text in TEXTS:
        text = text.replace('\\"\\"', '""') if "string_val" in text else text
        message = text_format.Parse(text, kind(), descriptor_pool=descriptor_pool.Default())
        wire = message.SerializeToString(deterministic=True)
        lines.append(f"{kind.DESCRIPTOR.full_name} {text.encode().hex()} {wire.hex() or '-'}")
    with open(os.path.join(target, "text.txt"), "w") as file:
        file.write("\n".join(lines) + "\n")


def record_messages():
    graph = tf.Graph()
    with graph.as_default(), tf.compat.v1.Session(graph=graph) as session:
        x = tf.compat.v1.placeholder(tf.float32, [None, 2], name="x")
        w = tf.compat.v1.get_variable("w", initializer=tf.constant([[0.5], [2.0]]))
        y = tf.identity(tf.matmul(x, w), name="y")
        session.run(tf.compat.v1.global_variables_initializer())
        with tempfile.TemporaryDirectory() as work:
            folder = os.path.join(work, "m")
            tf.compat.v1.saved_model.simple_save(session, folder, {"x": x}, {"y": y})
            model = saved_model_pb2.SavedModel.FromString(open(os.path.join(folder, "saved_model.pb"), "rb").read())
    with open(os.path.join(target, "saved_model.pb"), "wb") as file:
        file.write(model.SerializeToString(deterministic=True))
    with open(os.path.join(target, "saved_model.pbtxt"), "w") as file:
        file.write(text_format.MessageToString(model, as_utf8=True))
    with open(os.path.join(target, "signature.txt"), "w") as file:
        file.write(text_format.MessageToString(model.meta_graphs[0].signature_def["serving_default"]))
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "half_plus_two"
    request.model_spec.version.value = 7
    request.inputs["x"].CopyFrom(tf.make_tensor_proto(np.arange(600, dtype="f4").reshape(2, 300)))
    request.inputs["ids"].CopyFrom(tensor_pb2.TensorProto(dtype=9, tensor_shape=shape(3), int64_val=[-1, 0, 5]))
    request.output_filter.append("y")
    with open(os.path.join(target, "predict_request.pb"), "wb") as file:
        file.write(request.SerializeToString(deterministic=True))


os.makedirs(target, exist_ok=True)
record_schema()
record_tensors()
record_texts()
record_messages()
