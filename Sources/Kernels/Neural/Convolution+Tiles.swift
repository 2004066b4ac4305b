import Execution
import ServingCore
import Tensors

/// A convolution as matrix products over tiles of patches.
struct Convolution<Scalar: MatrixScalar> {
    let geometry: ConvolutionGeometry
    let isChannelsFirst: Bool

    init(_ geometry: ConvolutionGeometry, isChannelsFirst: Bool) {
        self.geometry = geometry
        self.isChannelsFirst = isChannelsFirst
    }

    /// A tile's patches should stay in the cache between gathering and multiplying.
    private static var tileBytes: Int { 1 << 20 }

    /// Computes all of `output`; none of the sizes may be 0.
    func run(
        input: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) throws(Status) {
        if isChannelsFirst { return try runChannelsFirst(input: input, filter: filter, output: output, in: context) }
        let places = geometry.batch * geometry.outputPlaces
        if geometry.patchesAreInput {
            let product = MatrixProduct(
                m: places, n: geometry.outputChannels, k: geometry.terms, a: input, b: filter, c: output)
            try product.checkSizes()
            return product.run(in: context)
        }
        try forEachTile(of: places, in: context, input: input, filter: filter) { places, group, product in
            product.c = output + places.lowerBound * geometry.outputChannels + group * geometry.groupOutputs
            product.cStride = geometry.outputChannels
        }
    }

    /// Gathers tiles of patches and multiplies them; `place` says where a tile's results go.
    private func forEachTile(
        of places: Int, in context: borrowing KernelContext, input: UnsafePointer<Scalar>,
        filter: UnsafePointer<Scalar>,
        _ place: @escaping (_ places: Range<Int>, _ group: Int, _ product: inout MatrixProduct<Scalar>) -> Void
    ) throws(Status) {
        let geometry = geometry
        let terms = geometry.terms
        let cost =
            Double(terms) * (Double(geometry.groupOutputs) * Scalar.nanosecondsPerStep + 0.5) * Double(geometry.groups)
        let (size, tiles, lanes) = tiling(of: places, costPerPlace: cost, threads: context.threadCount)
        let scratch = try context.allocateTemporary(Scalar.dataType, [lanes, size, terms])
        let patches = scratch.pointer(Scalar.self)
        var product = MatrixProduct(
            m: size, n: geometry.groupOutputs, k: terms, a: UnsafePointer(patches), b: filter, c: patches)
        product.bStride = geometry.outputChannels
        product.cStride = geometry.outputChannels
        try product.checkSizes()
        context.forEachTile(tiles, lanes: lanes, cost: cost * Double(size)) { [product] tile, lane in
            let range = tile * size..<min((tile + 1) * size, places)
            let buffer = patches + lane * size * terms
            for group in 0..<geometry.groups {
                geometry.gather(range, group: group, from: input, zero: Scalar.zero, to: buffer)
                var part = product
                part.m = range.count
                part.a = UnsafePointer(buffer)
                part.b = filter + group * geometry.groupOutputs
                place(range, group, &part)
                part.run()
            }
        }
    }

    /// The places of a tile, the number of tiles, and how many of them are worked on at a time.
    private func tiling(of places: Int, costPerPlace: Double, threads: Int) -> (size: Int, tiles: Int, lanes: Int) {
        let largest = max(32, Self.tileBytes / max(1, geometry.terms * MemoryLayout<Scalar>.stride))
        let lanes = max(1, min(threads, Int(min(costPerPlace * Double(places) / 20_000, 1e6))))
        var tiles = (places + largest - 1) / largest
        tiles = (tiles + lanes - 1) / lanes * lanes
        let size = min(places, ((places + tiles - 1) / tiles + 7) & ~7)
        tiles = (places + size - 1) / size
        return (size, tiles, min(lanes, tiles))
    }

    /// As `run` for `NCHW`: the input is turned to have its channels last, the results are computed transposed.
    private func runChannelsFirst(
        input: UnsafePointer<Scalar>, filter: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>,
        in context: borrowing KernelContext
    ) throws(Status) {
        let geometry = geometry
        let imageSize = geometry.inputPlaces * geometry.inputChannels
        let outputPlaces = geometry.outputPlaces
        let turned = try context.allocateTemporary(Scalar.dataType, [imageSize])
        let image = turned.pointer(Scalar.self)
        var single = geometry
        single.batch = 1
        let one = Convolution(single, isChannelsFirst: false)
        let partial = try context.allocateTemporary(Scalar.dataType, [outputPlaces * geometry.outputChannels])
        let result = partial.pointer(Scalar.self)
        for index in 0..<geometry.batch {
            transpose(input + index * imageSize, rows: geometry.inputChannels, columns: geometry.inputPlaces, to: image)
            try one.run(input: image, filter: filter, output: result, in: context)
            transpose(
                result, rows: outputPlaces, columns: geometry.outputChannels,
                to: output + index * outputPlaces * geometry.outputChannels)
        }
    }
}

/// Writes the transposed matrix, block by block so that both sides stay in the cache.
func transpose<Scalar: BitwiseCopyable>(
    _ source: UnsafePointer<Scalar>, rows: Int, columns: Int, to target: UnsafeMutablePointer<Scalar>
) {
    let block = 32
    for top in stride(from: 0, to: rows, by: block) {
        for left in stride(from: 0, to: columns, by: block) {
            for row in top..<min(top + block, rows) {
                for column in left..<min(left + block, columns) {
                    target[column &* rows &+ row] = source[row &* columns &+ column]
                }
            }
        }
    }
}
