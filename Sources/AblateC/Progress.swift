import CAblate

/// Told of what is done and how much there is in all; returns whether to go on.
typealias Progress = (_ done: UInt64, _ total: UInt64) -> Bool

/// A caller's callback with what it wants passed back; nil if there is none.
func progress(_ function: ablate_progress?, user: UnsafeMutableRawPointer?) -> Progress? {
  function.map { function in { done, total in function(done, total, user) == 0 } }
}
