import AblateRuntime
import CAblate

/// Work that goes on over many calls, with the progress callback of all of them.
final class WorkHandle<Work: AnyObject> {
  let progress: Progress?
  /// How many results there are. Never changes, so it can be asked for while the work is in use.
  let count: Int
  private let work: Exclusive<Work>

  init(_ work: Work, noun: String, count: Int = 0, progress: Progress?) {
    self.work = Exclusive(work, noun: noun)
    self.count = count
    self.progress = progress
  }

  func use<Result>(_ body: (Work) throws(AblateError) -> Result) throws(AblateError) -> Result {
    try work.use(body)
  }
}

extension HandleTable {
  /// Uses the work of a live handle.
  func use<Work: AnyObject>(
    _ handle: OpaquePointer?, _ argument: StaticString, _ body: (Work) throws(AblateError) -> Void
  ) throws(AblateError) where Object == WorkHandle<Work> {
    try object(handle, argument).use(body)
  }
}

/// Adds what other work of the same kind found.
func merge<Work: AnyObject>(
  _ target: OpaquePointer?, _ argument: StaticString, _ other: OpaquePointer?,
  in table: HandleTable<WorkHandle<Work>>, _ body: (Work, Work) throws(AblateError) -> Void
) -> ablate_status {
  status { () throws(AblateError) in
    let target = try table.object(target, argument)
    let other = try table.object(other, "other")
    if target === other { throw AblateError(.invalidArgument, "other is the \(argument.text) itself") }
    try target.use { target throws(AblateError) in
      try other.use { other throws(AblateError) in try body(target, other) }
    }
  }
}
