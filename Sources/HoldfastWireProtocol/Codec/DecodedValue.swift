internal import Glibc

/// What generated code reads protobuf-c's values with. The pointers are those of a decoded message.
///
/// Generated code of other packages imports the C module of its own messages and this one, not
/// protobuf-c: so its types do not occur here, and `bytes` values come as a type unknown.
public enum DecodedValue {
    /// A copy of a `bytes` value, a `ProtobufCBinaryData`.
    @unsafe @inlinable
    public static func bytes<BinaryData: BitwiseCopyable>(_ value: BinaryData) -> [UInt8] {
        unsafe [UInt8](view(value))
    }

    /// A `bytes` value, a `ProtobufCBinaryData`, where it lies.
    @unsafe @inlinable
    public static func view<BinaryData: BitwiseCopyable>(
        _ value: BinaryData
    ) -> UnsafeRawBufferPointer {
        let (count, start) = unsafe unsafeBitCast(value, to: (Int, UnsafeRawPointer?).self)
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// A copy of a `string` value, which the pre-scan has found to be UTF-8 without NUL.
    @unsafe public static func text(_ text: UnsafePointer<CChar>?) -> String {
        unsafe String(decoding: viewText(text), as: UTF8.self)
    }

    /// The UTF-8 of a `string` value where it lies, without the NUL behind it.
    @unsafe public static func viewText(_ text: UnsafePointer<CChar>?) -> UnsafeRawBufferPointer {
        guard let text = unsafe text else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeRawBufferPointer(start: text, count: strlen(text))
    }

    /// A Swift array of what the `count` elements at `start` become.
    @unsafe @inlinable
    public static func array<Element, Value>(
        _ start: UnsafeMutablePointer<Element>?, _ count: Int, _ convert: (Element) -> Value
    ) -> [Value] {
        unsafe UnsafeBufferPointer(start: start, count: count).map(convert)
    }

    /// The message at `message`; an empty one when there is none, which protobuf-c does not give
    /// for an element of a list.
    @unsafe public static func message<Message: WireMessage>(
        _ message: UnsafeRawPointer?, as type: Message.Type
    ) -> Message {
        guard let message = unsafe message else { return Message() }
        return unsafe Message(decoded: message)
    }

    /// The message at `message`, if there is one.
    @unsafe public static func optional<Message: WireMessage>(
        _ message: UnsafeRawPointer?, as type: Message.Type
    ) -> Message? {
        guard let message = unsafe message else { return nil }
        return unsafe Message(decoded: message)
    }
}
