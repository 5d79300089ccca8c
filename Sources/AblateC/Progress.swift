import AblateRuntime
import CAblate

/// A caller's callback with what it wants passed back; nil if there is none.
func progress(_ function: ablate_progress?, user: UnsafeMutableRawPointer?) -> Progress? {
  function.map { function in { done, total in function(done, total, user) == 0 } }
}
