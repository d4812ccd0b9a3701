/// What a set keeps for a member: nothing but that it is there.
struct SetMember: Sendable {}
