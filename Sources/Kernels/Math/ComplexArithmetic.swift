import Tensors

extension Complex where Real: RealNumber {
    static var zero: Complex { Complex(0, 0) }
    static var one: Complex { Complex(1, 0) }

    static func + (a: Complex, b: Complex) -> Complex { Complex(a.real + b.real, a.imaginary + b.imaginary) }
    static func - (a: Complex, b: Complex) -> Complex { Complex(a.real - b.real, a.imaginary - b.imaginary) }
    static prefix func - (a: Complex) -> Complex { Complex(-a.real, -a.imaginary) }

    static func * (a: Complex, b: Complex) -> Complex {
        Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
    }

    static func * (a: Complex, b: Real) -> Complex { Complex(a.real * b, a.imaginary * b) }

    /// Scaled by the larger part of the divisor, so that it neither overflows nor underflows on the way.
    static func / (a: Complex, b: Complex) -> Complex {
        if b.real.magnitude >= b.imaginary.magnitude {
            let ratio = b.imaginary / b.real
            let scale = b.real + b.imaginary * ratio
            return Complex((a.real + a.imaginary * ratio) / scale, (a.imaginary - a.real * ratio) / scale)
        }
        let ratio = b.real / b.imaginary
        let scale = b.real * ratio + b.imaginary
        return Complex((a.real * ratio + a.imaginary) / scale, (a.imaginary * ratio - a.real) / scale)
    }

    var conjugate: Complex { Complex(real, -imaginary) }
    var magnitude: Real { Real.hypot(real, imaginary) }
    var angle: Real { Real.atan2(imaginary, real) }
    /// The number times i.
    var rotated: Complex { Complex(-imaginary, real) }

    static func exp(_ x: Complex) -> Complex {
        let scale = Real.exp(x.real)
        if x.imaginary == 0 { return Complex(scale, x.imaginary) }
        return Complex(scale * Real.cos(x.imaginary), scale * Real.sin(x.imaginary))
    }

    static func log(_ x: Complex) -> Complex { Complex(Real.log(x.magnitude), x.angle) }

    static func log1p(_ x: Complex) -> Complex {
        let sum = x.real * (2 + x.real) + x.imaginary * x.imaginary
        let real = sum.magnitude < 0.5 ? Real.log1p(sum) / 2 : Real.log((x + .one).magnitude)
        return Complex(real, Real.atan2(x.imaginary, 1 + x.real))
    }

    static func expm1(_ x: Complex) -> Complex {
        let half = Real.sin(x.imaginary / 2)
        let small = Real.expm1(x.real)
        return Complex(small * Real.cos(x.imaginary) - 2 * half * half, (small + 1) * Real.sin(x.imaginary))
    }

    static func sqrt(_ x: Complex) -> Complex {
        let magnitude = x.magnitude
        if magnitude == 0 { return Complex(0, x.imaginary) }
        let root = ((magnitude + x.real.magnitude) / 2).squareRoot()
        if x.real >= 0 { return Complex(root, x.imaginary / (2 * root)) }
        return Complex(x.imaginary.magnitude / (2 * root), x.imaginary.sign == .minus ? -root : root)
    }

    static func sinh(_ x: Complex) -> Complex {
        Complex(Real.sinh(x.real) * Real.cos(x.imaginary), Real.cosh(x.real) * Real.sin(x.imaginary))
    }

    static func cosh(_ x: Complex) -> Complex {
        Complex(Real.cosh(x.real) * Real.cos(x.imaginary), Real.sinh(x.real) * Real.sin(x.imaginary))
    }

    static func tanh(_ x: Complex) -> Complex {
        let t = Real.tanh(x.real)
        let u = Real.tan(x.imaginary)
        let scale = 1 + t * t * u * u
        return Complex(t * (1 + u * u) / scale, u * (1 - t * t) / scale)
    }

    static func sin(_ x: Complex) -> Complex {
        Complex(Real.sin(x.real) * Real.cosh(x.imaginary), Real.cos(x.real) * Real.sinh(x.imaginary))
    }

    static func cos(_ x: Complex) -> Complex {
        Complex(Real.cos(x.real) * Real.cosh(x.imaginary), -(Real.sin(x.real) * Real.sinh(x.imaginary)))
    }

    /// tan x = -i tanh(i x)
    static func tan(_ x: Complex) -> Complex { -tanh(x.rotated).rotated }

    static func asinh(_ x: Complex) -> Complex {
        let s = sqrt(Complex(1 - x.imaginary, x.real))
        let t = sqrt(Complex(1 + x.imaginary, -x.real))
        return Complex(
            Real.asinh(s.real * t.imaginary - s.imaginary * t.real).negated,
            Real.atan2(x.imaginary, s.real * t.real - s.imaginary * t.imaginary))
    }

    static func asin(_ x: Complex) -> Complex { -asinh(x.rotated).rotated }

    static func acos(_ x: Complex) -> Complex {
        let s = sqrt(.one - x)
        let t = sqrt(.one + x)
        return Complex(2 * Real.atan2(s.real, t.real), Real.asinh(s.imaginary * t.real - s.real * t.imaginary))
    }

    static func acosh(_ x: Complex) -> Complex {
        let s = sqrt(x - .one)
        let t = sqrt(x + .one)
        return Complex(
            Real.asinh(s.real * t.real + s.imaginary * t.imaginary), 2 * Real.atan2(s.imaginary, t.real))
    }

    static func atanh(_ x: Complex) -> Complex {
        let square = x.imaginary * x.imaginary
        let real = Real.log1p(4 * x.real / ((1 - x.real) * (1 - x.real) + square)) / 4
        return Complex(real, Real.atan2(2 * x.imaginary, (1 - x.real) * (1 + x.real) - square) / 2)
    }

    static func atan(_ x: Complex) -> Complex { -atanh(x.rotated).rotated }

    static func pow(_ x: Complex, _ y: Complex) -> Complex {
        if x.real == 0, x.imaginary == 0 {
            return y.real == 0 && y.imaginary == 0 ? .one : .zero
        }
        return exp(y * log(x))
    }
}

extension RealNumber {
    fileprivate var negated: Self { -self }
}
