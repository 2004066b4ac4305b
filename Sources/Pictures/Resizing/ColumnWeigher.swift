import ServingCore

/// Scales pictures to another height while their rows arrive. It keeps the sums of those results that still wait for rows,
/// and no rows.
struct ColumnWeigher {
    private let table: ResizeWeights
    /// Bytes of a row.
    private let width: Int
    private let slots: Int
    /// `width` sums for each slot; a result has the slot of its index modulo `slots`.
    private let sums: PictureScratch
    /// A finished row.
    private let row: PictureScratch
    private var nextRow = 0
    /// Results before this one are finished.
    private var firstOpen = 0
    /// Results from this one on have not begun.
    private var firstClosed = 0

    /// For rows of `width` bytes. RESOURCE_EXHAUSTED if there is no memory.
    init(_ table: ResizeWeights, width: Int, _ memory: PictureMemory?) throws(Status) {
        self.table = table
        self.width = width
        slots = ColumnWeigher.mostOpen(table)
        let (count, overflow) = slots.multipliedReportingOverflow(by: width * MemoryLayout<Int32>.stride)
        sums = try PictureScratch(byteCount: overflow ? .max : count, memory)
        row = try PictureScratch(byteCount: width, memory)
    }

    /// The largest number of results that are made from one row.
    private static func mostOpen(_ table: ResizeWeights) -> Int {
        var most = 1
        var open = 0
        for index in table.first.indices {
            while table.first[open] + table.counts[open] <= table.first[index] { open += 1 }
            most = max(most, index - open + 1)
        }
        return most
    }

    private func sums(of result: Int) -> UnsafeMutablePointer<Int32> {
        sums.pointer(Int32.self) + result % slots &* width
    }

    /// Takes the next row, from top to bottom, and calls `emit` with each row of the result that it completes, in order.
    mutating func take(_ source: UnsafePointer<UInt8>, _ emit: (UnsafePointer<UInt8>) -> Void) {
        while firstClosed < table.first.count, Int(table.first[firstClosed]) <= nextRow {
            sums(of: firstClosed).initialize(repeating: ResizeWeights.half, count: width)
            firstClosed += 1
        }
        for result in firstOpen..<firstClosed {
            let weight = table.weights[result * table.capacity + nextRow - Int(table.first[result])]
            let sums = sums(of: result)
            for column in 0..<width { sums[column] &+= weight &* Int32(source[column]) }
        }
        nextRow += 1
        while firstOpen < firstClosed, Int(table.first[firstOpen] + table.counts[firstOpen]) <= nextRow {
            let (finished, sums) = (row.pointer(UInt8.self), sums(of: firstOpen))
            for column in 0..<width { finished[column] = ResizeWeights.pixel(sums[column]) }
            emit(finished)
            firstOpen += 1
        }
    }
}
