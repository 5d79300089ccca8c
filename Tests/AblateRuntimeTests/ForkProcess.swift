import Glibc

/// Glibc's `fork`, which Swift hides.
let forkProcess: (@convention(c) () -> Int32)? = {
  dlsym(nil, "fork").map { unsafeBitCast($0, to: (@convention(c) () -> Int32).self) }
}()
