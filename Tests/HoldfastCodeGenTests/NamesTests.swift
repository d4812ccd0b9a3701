import Testing

@testable import HoldfastCodeGen

@Suite struct NamesTests {
    @Test(arguments: [
        ("delay_ms", "delayMs"), ("Echo", "echo"), ("GetServerInfo", "getServerInfo"),
        ("HTTPPort", "httpPort"), ("URL", "url"), ("aB", "aB"), ("NOT_SERVING", "notServing"),
        ("sha_256_hash", "sha256Hash"), ("_x", "x"), ("2nd", "value2nd"), ("x", "x"),
    ])
    func members(_ proto: String, _ swift: String) {
        #expect(Names.member(proto) == swift)
    }

    @Test(arguments: [
        ("SERVING_STATUS_NOT_SERVING", "ServingStatus", "notServing"),
        ("GO_AWAY_CODE_MAX_AGE", "GoAwayCode", "maxAge"),
        ("COLOR_2ND", "Color", "color2nd"),
        ("OTHER", "Color", "other"),
        ("COLOR", "Color", "color"),
    ])
    func enumValues(_ proto: String, _ enumeration: String, _ swift: String) {
        #expect(Names.enumValue(proto, of: enumeration) == swift)
    }

    @Test func keywordsAreEscaped() {
        #expect(Names.escaped("default") == "`default`")
        #expect(Names.escaped("self") == "self_")
        #expect(Names.escaped("name") == "name")
    }

    @Test func cNamesAreThoseOfProtocC() {
        #expect(Names.cType("a.b_c.v1.EveryThing.InnerOne") == "A__BC__V1__EveryThing__InnerOne")
        #expect(
            Names.cFunction("a.b_c.v1.EveryThing.InnerOne")
                == "a__b_c__v1__every_thing__inner_one")
        #expect(Names.cMember("class") == "class_")
        #expect(Names.cMember("Type") == "type")
        #expect(Names.cMember("self") == "`self`")
        #expect(Names.cCount("names") == "n_names")
    }
}
