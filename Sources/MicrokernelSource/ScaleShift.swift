import MicrokernelTypes

func scaleShift(_ call: borrowing ScaleShiftCall) {
    let width = Lanes.scalarCount
    let low = Lanes(repeating: call.low)
    let high = Lanes(repeating: call.high)
    var row = 0
    while row < call.rows {
        let source = call.source + row &* call.channels
        let result = call.result + row &* call.channels
        var channel = 0
        while call.channels &- channel >= width {
            var values = Lanes(loading: source + channel)
            if let mean = call.mean { values -= Lanes(loading: mean + channel) }
            let scale = Lanes(loading: call.scale + channel)
            let shift = Lanes(loading: call.shift + channel)
            shift.plus(values, times: scale).greater(low).smaller(high).store(to: result + channel)
            channel &+= width
        }
        while channel < call.channels {
            let value = source[channel] - (call.mean.map { $0[channel] } ?? 0)
            let sum = value * call.scale[channel] + call.shift[channel]
            result[channel] = sum < call.low ? call.low : sum > call.high ? call.high : sum
            channel &+= 1
        }
        row &+= 1
    }
}

/// The loops over pixels of this level.
public func layoutKernels() -> LayoutKernels {
    LayoutKernels(transpose: { transpose($0) }, scaleShift: { scaleShift($0) })
}
