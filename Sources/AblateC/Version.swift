import CAblate

@_cdecl("ablate_version") public func version() -> UInt32 {
  UInt32(ABLATE_VERSION_MAJOR * 1_000_000 + ABLATE_VERSION_MINOR * 1000 + ABLATE_VERSION_PATCH)
}
