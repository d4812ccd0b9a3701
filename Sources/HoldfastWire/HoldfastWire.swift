// The messages of the services; with them comes the protocol that carries them.
@_exported public import HoldfastWireProtocol
