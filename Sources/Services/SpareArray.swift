/// The memory of an array between its uses, so that in a steady state filling one allocates nothing. It holds no elements.
struct SpareArray<Element> {
    private var spare: [Element] = []

    /// The memory for more elements is let go: few requests need it.
    static var maximumCapacity: Int { 64 }

    /// An empty array, to be given back when it has been used. Without a spare one, as when it is taken twice, it is a new one.
    mutating func take() -> [Element] {
        var array: [Element] = []
        swap(&array, &spare)
        return array
    }

    /// Takes back the memory of `array`, whose elements are let go at once.
    mutating func give(_ array: consuming [Element]) {
        guard array.capacity > spare.capacity, array.capacity <= SpareArray.maximumCapacity else { return }
        array.removeAll(keepingCapacity: true)
        spare = array
    }
}
