import AblateRuntime
import Synchronization

/// Lets one thread at a time in, and turns others away.
final class Exclusive<Object: AnyObject> {
  private let object: Object
  private let noun: String
  private let isBusy = Atomic<Bool>(false)

  init(_ object: Object, noun: String) {
    self.object = object
    self.noun = noun
  }

  /// - Throws: `busy` if another thread, or a call further up this one, is inside.
  func use<Result>(_ body: (Object) throws(AblateError) -> Result) throws(AblateError) -> Result {
    try enter()
    defer { isBusy.store(false, ordering: .releasing) }
    return try body(object)
  }

  @inline(never)
  private func enter() throws(AblateError) {
    guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      throw AblateError(.busy, "the \(noun) is in use by another call: one thread at a time may use it")
    }
  }
}
