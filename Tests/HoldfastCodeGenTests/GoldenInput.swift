/// The `.proto` file of the golden tests: each thing the generator tells apart, once.
enum GoldenInput {
    static let file = Descriptor.file("shop/v1/shop.proto", package: "shop.v1") { file in
        file.declare("Order") { order in
            order.field("id", 1, .bytes)
            order.field("customer_name", 2, .string)
            order.field("state", 3, .enum, of: ".shop.v1.State")
            order.field("amounts", 5, .uint32, repeated: true)
            order.field("first", 4, .message, of: ".shop.v1.Order.Line")
            order.field("lines", 6, .message, of: ".shop.v1.Order.Line", repeated: true)
            order.field("card", 7, .uint64, oneof: 0)
            order.field("voucher", 8, .string, oneof: 0)
            order.oneof("payment")
            order.nest("Line") { $0.field("default", 1, .int32) }
        }
        file.declare("Empty")
        file.enumeration(
            5, "State", [("STATE_UNSPECIFIED", 0), ("STATE_PAID", 1), ("STATE_LOST", -1)])
        file.service(
            "ShopService",
            [
                ("Buy", ".shop.v1.Order", ".shop.v1.Empty", false, false),
                ("Watch", ".shop.v1.Empty", ".shop.v1.Order", false, true),
            ])
        file.origins([
            ([4, 0], 3, " What somebody wants.\n\n Two paragraphs of it.\n"),
            ([4, 0, 2, 0], 4, " Sixteen bytes.\n"),
            ([4, 0, 8, 0], 9, " How it is paid.\n"),
            ([5, 0, 2, 1], 20, " Money came.\n"),
            ([6, 0, 2, 0], 30, " Buys it.\n"),
        ])
    }
}
