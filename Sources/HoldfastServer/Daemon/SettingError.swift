/// What a setting asks for and the system refuses: two listeners fail with the same words.
struct SettingError: Error, CustomStringConvertible {
    let setting: String
    let error: any Error

    var description: String { "\(setting): \(error)" }
}
