/// What the generator is to write, whole files of it. Change them by hand, or by pasting what a
/// failed test shows after reading it.
enum Golden {}
