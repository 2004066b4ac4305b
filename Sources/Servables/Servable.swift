/// Something that a version directory was turned into and that answers requests; used by many threads at once.
///
/// It is owned by the manager. Code that serves a request reaches it through a `ServableHandle` and keeps no reference
/// to it beyond the handle's life.
public protocol Servable: AnyObject, Sendable {
    /// Bytes of memory that it holds while it is loaded, an estimate.
    var byteCount: Int { get }
}

extension Servable {
    /// Next to nothing.
    public var byteCount: Int { 0 }
}
