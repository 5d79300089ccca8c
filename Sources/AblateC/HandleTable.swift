import AblateRuntime
import CPlatform

/// The live handles of one type. A handle is a number dressed as a pointer and never dereferenced: kind, place and generation. A place's
/// generation grows when its handle is freed, so a stale handle is told from the one that took its place.
final class HandleTable<Object: AnyObject>: @unchecked Sendable {
  private let kind: UInt
  private let noun: String
  private var places: [Place] = []
  private var vacant: [Int] = []

  private struct Place {
    var generation: UInt
    var object: Object?
  }

  /// - Parameters:
  ///   - kind: 1 to 15, one per table; it lands in the low bits, where the address of an object has zeros.
  ///   - noun: what error texts call an object.
  init(kind: UInt, noun: String) {
    self.kind = kind
    self.noun = noun
  }

  private static var placeBits: UInt { 28 }
  private static var kindBits: UInt { 4 }
  private static var generationBits: UInt { 32 }

  func insert(_ object: Object) throws(AblateError) -> OpaquePointer {
    cplatform_lock()
    defer { cplatform_unlock() }
    let index: Int
    if let reused = vacant.popLast() {
      index = reused
      places[index].object = object
    } else {
      index = places.count
      guard index < 1 << Self.placeBits else {
        throw AblateError(.outOfMemory, "too many live handles of type \(noun)")
      }
      places.append(Place(generation: 1, object: object))
    }
    let bits =
      (places[index].generation << Self.placeBits | UInt(index)) << Self.kindBits | kind
    guard let handle = OpaquePointer(bitPattern: bits) else {
      throw AblateError(.outOfMemory, "no handle for a \(noun)")
    }
    return handle
  }

  /// The object of a live handle.
  func object(_ handle: OpaquePointer?, _ argument: StaticString) throws(AblateError) -> Object {
    guard handle != nil else { throw AblateError(.invalidArgument, "\(argument.text) is NULL") }
    cplatform_lock()
    defer { cplatform_unlock() }
    guard let index = place(of: handle), let object = places[index].object else {
      throw AblateError(.invalidArgument, "\(argument.text) is no live \(noun): it was freed, or never was one")
    }
    return object
  }

  /// The object of a live handle, or nil for NULL.
  func optional(_ handle: OpaquePointer?, _ argument: StaticString) throws(AblateError) -> Object? {
    handle == nil ? nil : try object(handle, argument)
  }

  /// Frees a handle. Others are left alone.
  func remove(_ handle: OpaquePointer?) {
    cplatform_lock()
    var last: Object?
    if let index = place(of: handle) {
      last = places[index].object
      places[index].object = nil
      places[index].generation = (places[index].generation &+ 1) & (1 << Self.generationBits - 1)
      vacant.append(index)
    }
    cplatform_unlock()
    // What the object frees in its turn runs outside the lock.
    withExtendedLifetime(last) {}
  }

  private func place(of handle: OpaquePointer?) -> Int? {
    let bits = UInt(bitPattern: handle)
    guard bits & (1 << Self.kindBits - 1) == kind else { return nil }
    let index = Int(bits >> Self.kindBits & (1 << Self.placeBits - 1))
    guard index < places.count, places[index].object != nil,
      places[index].generation == bits >> (Self.kindBits + Self.placeBits)
    else { return nil }
    return index
  }
}
