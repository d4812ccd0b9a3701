/// One service declaration.
struct ProtoService {
    struct Method {
        var name = ""
        var input = ""
        var output = ""
        var isClientStreaming = false
        var isServerStreaming = false
        var origin = ProtoOrigin()
    }

    var name = ""
    var methods: [Method] = []
    var origin = ProtoOrigin()
}
