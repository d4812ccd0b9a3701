// The client library: one import for programs that use Holdfast.
@_exported public import HoldfastCalls
@_exported public import HoldfastWire
