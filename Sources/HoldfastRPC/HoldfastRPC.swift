// Serving calls; with it comes making them.
@_exported public import HoldfastCalls
