import CServingProtos
import ServingCore
import ServingProtos

extension PictureSettings {
    /// Throws FAILED_PRECONDITION for values that mean nothing or contradict each other.
    init(_ proto: ModelServer__ImageClassifier) throws(Status) {
        signatureName = String(proto: proto.signature_name)
        input = String(proto: proto.input)
        output = String(proto: proto.output)
        width = try PictureSettings.side("width", proto.width)
        height = try PictureSettings.side("height", proto.height)
        color = PictureSettings.color(proto.color)
        layout = PictureSettings.layout(proto.layout)
        method = PictureSettings.method(proto.resize)
        preprocessing = PictureSettings.preprocessing(proto.preprocessing)
        scale = Array(Repeated.values(proto.scale, proto.n_scale))
        offset = Array(Repeated.values(proto.offset, proto.n_offset))
        activation = PictureSettings.activation(proto.activation)
        let name = String(proto: proto.labels)
        labels = name.isEmpty ? nil : name
        topCount = try PictureSettings.positive("top_k", Int64(proto.top_k)) ?? topCount
        maximumPixels = try PictureSettings.positive("max_pixels", proto.max_pixels) ?? maximumPixels
        try checkNumbers()
    }

    private func checkNumbers() throws(Status) {
        guard (scale + offset).allSatisfy(\.isFinite) else {
            throw PictureSettings.fault("scale and offset must be finite numbers")
        }
        let name = preprocessing.rawValue.uppercased()
        guard preprocessing == .plain || scale.isEmpty && offset.isEmpty else {
            throw PictureSettings.fault("scale and offset are for PLAIN preprocessing; \(name) has its own")
        }
        if color == .grey, preprocessing == .caffe || preprocessing == .torch {
            throw PictureSettings.fault("preprocessing \(name) is for three colours, but color is GREY")
        }
        if color == .bgr, preprocessing == .caffe || preprocessing == .torch {
            throw PictureSettings.fault(
                preprocessing == .caffe
                    ? "preprocessing CAFFE makes BGR of RGB by itself; leave color away"
                    : "preprocessing TORCH is for RGB, but color is BGR")
        }
    }

    private static func positive(_ name: String, _ value: Int64) throws(Status) -> Int? {
        guard value >= 0 else { throw fault("\(name) must be above 0, got \(value)") }
        return value == 0 ? nil : Int(value)
    }

    private static func side(_ name: String, _ value: Int32) throws(Status) -> Int? {
        let side = try positive(name, Int64(value))
        if let side, side > longestSide { throw fault("\(name) may be at most \(longestSide), got \(side)") }
        return side
    }

    // The text format's reader lets no other numbers of an enum through than those that it declares.

    private static func color(_ value: ModelServer__ImageClassifier__Color) -> Color? {
        switch value {
        case MODEL_SERVER__IMAGE_CLASSIFIER__COLOR__RGB: .rgb
        case MODEL_SERVER__IMAGE_CLASSIFIER__COLOR__BGR: .bgr
        case MODEL_SERVER__IMAGE_CLASSIFIER__COLOR__GREY: .grey
        default: nil
        }
    }

    private static func layout(_ value: ModelServer__ImageClassifier__Layout) -> Layout? {
        switch value {
        case MODEL_SERVER__IMAGE_CLASSIFIER__LAYOUT__CHANNELS_LAST: .channelsLast
        case MODEL_SERVER__IMAGE_CLASSIFIER__LAYOUT__CHANNELS_FIRST: .channelsFirst
        default: nil
        }
    }

    private static func method(_ value: ModelServer__ImageClassifier__Resize) -> ResizeMethod {
        switch value {
        case MODEL_SERVER__IMAGE_CLASSIFIER__RESIZE__NEAREST: .nearest
        case MODEL_SERVER__IMAGE_CLASSIFIER__RESIZE__BILINEAR: .bilinear
        case MODEL_SERVER__IMAGE_CLASSIFIER__RESIZE__BOX: .box
        case MODEL_SERVER__IMAGE_CLASSIFIER__RESIZE__HAMMING: .hamming
        case MODEL_SERVER__IMAGE_CLASSIFIER__RESIZE__LANCZOS: .lanczos
        default: .bicubic
        }
    }

    private static func preprocessing(_ value: ModelServer__ImageClassifier__Preprocessing) -> Preprocessing {
        switch value {
        case MODEL_SERVER__IMAGE_CLASSIFIER__PREPROCESSING__CAFFE: .caffe
        case MODEL_SERVER__IMAGE_CLASSIFIER__PREPROCESSING__TF: .tf
        case MODEL_SERVER__IMAGE_CLASSIFIER__PREPROCESSING__TORCH: .torch
        default: .plain
        }
    }

    private static func activation(_ value: ModelServer__ImageClassifier__Activation) -> Activation {
        switch value {
        case MODEL_SERVER__IMAGE_CLASSIFIER__ACTIVATION__SOFTMAX: .softmax
        case MODEL_SERVER__IMAGE_CLASSIFIER__ACTIVATION__SIGMOID: .sigmoid
        default: .none
        }
    }
}
