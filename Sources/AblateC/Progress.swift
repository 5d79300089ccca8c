import AblateRuntime
import CAblate
import CPlatform

/// A caller's callback with what it wants passed back; nil if there is none.
func progress(_ function: ablate_progress?, user: UnsafeMutableRawPointer?) -> Progress? {
  function.map { function in
    { done, total in
      let generation = cplatform_fork_generation()
      let goesOn = function(done, total, user) == 0
      // In the child of a fork that the function made, what other threads of the call were at is lost.
      return goesOn && generation == cplatform_fork_generation()
    }
  }
}
