import AblateRuntime
import CAblate
import CPlatform

/// A text that lives as long as the process.
func constant(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

@_cdecl("ablate_status_name") public func statusName(_ status: ablate_status) -> UnsafePointer<CChar>! {
  switch status {
  case .ABLATE_OK: constant("ABLATE_OK")
  case .ABLATE_INVALID_ARGUMENT: constant("ABLATE_INVALID_ARGUMENT")
  case .ABLATE_OUT_OF_MEMORY: constant("ABLATE_OUT_OF_MEMORY")
  case .ABLATE_IO: constant("ABLATE_IO")
  case .ABLATE_MALFORMED: constant("ABLATE_MALFORMED")
  case .ABLATE_UNSUPPORTED: constant("ABLATE_UNSUPPORTED")
  case .ABLATE_CANCELLED: constant("ABLATE_CANCELLED")
  case .ABLATE_BUSY: constant("ABLATE_BUSY")
  default: constant("unknown status")
  }
}

@_cdecl("ablate_last_error") public func lastError() -> UnsafePointer<CChar>! { cplatform_last_error() }

@_cdecl("ablate_version") public func version() -> UInt32 {
  UInt32(ABLATE_VERSION_MAJOR * 1_000_000 + ABLATE_VERSION_MINOR * 1000 + ABLATE_VERSION_PATCH)
}

@_cdecl("ablate_isa") public func isa() -> UnsafePointer<CChar>! { constant(Kernels.current.name) }
