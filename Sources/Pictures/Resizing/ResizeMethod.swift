import Glibc

/// How a picture is brought to another size; names and results are Pillow's.
public enum ResizeMethod: String, Sendable, Hashable, CaseIterable {
    case nearest
    case bilinear
    case bicubic
    case box
    case hamming
    case lanczos

    /// How far the filter reaches to each side, in pixels of the smaller picture; nil if there is no filter.
    var support: Double? {
        switch self {
        case .nearest: nil
        case .box: 0.5
        case .bilinear, .hamming: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight of a pixel at the distance `x`, before the weights are brought to the sum of one.
    func weight(at x: Double) -> Double {
        let distance = abs(x)
        switch self {
        case .nearest: return 0
        case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .bilinear: return distance < 1 ? 1 - distance : 0
        case .bicubic: return ResizeMethod.cubic(distance)
        case .hamming:
            guard distance > 0 else { return 1 }
            guard distance < 1 else { return 0 }
            let angle = distance * Double.pi
            return sin(angle) / angle * (0.54 + 0.46 * cos(angle))
        case .lanczos:
            guard x >= -3, x < 3 else { return 0 }
            return ResizeMethod.cardinalSine(x) * ResizeMethod.cardinalSine(x / 3)
        }
    }

    /// Keys' cubic with a = -0.5.
    private static func cubic(_ x: Double) -> Double {
        let a = -0.5
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }

    private static func cardinalSine(_ x: Double) -> Double {
        guard x != 0 else { return 1 }
        let angle = x * Double.pi
        return sin(angle) / angle
    }
}
