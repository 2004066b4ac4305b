/// What takes the messages of a streaming call; confined to the loop of the call's connection, and let go when the call
/// ends.
///
/// While the caller is slow to read what it is answered, no further message is delivered and flow control stops it.
public protocol RequestReceiver: AnyObject {
    /// A message, decompressed; the bytes are valid during the call only.
    func received(_ message: UnsafeRawBufferPointer)

    /// The caller sends no more messages. The call still has to be finished.
    func receivedEnd()
}
