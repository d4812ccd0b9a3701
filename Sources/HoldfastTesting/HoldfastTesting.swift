// What tests of programs that use Holdfast import: the client comes with it.
@_exported public import Holdfast
