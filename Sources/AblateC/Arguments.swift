import AblateModel
import AblateRuntime
import CAblate
import CPlatform

/// Runs the body of an export and keeps the text of what it throws.
func status(_ body: () throws(AblateError) -> Void) -> ablate_status {
  do throws(AblateError) {
    try body()
    return .ABLATE_OK
  } catch {
    return report(error)
  }
}

/// Apart, so that not every function of the interface brings a copy along.
@inline(never)
private func report(_ error: AblateError) -> ablate_status {
  var message = error.message
  message.withUTF8 { utf8 in
    utf8.withMemoryRebound(to: CChar.self) { text in
      if let start = text.baseAddress { cplatform_set_last_error(start, text.count) }
    }
  }
  return ablate_status(rawValue: UInt32(error.kind.rawValue)) ?? .ABLATE_INVALID_ARGUMENT
}

/// A pointer that must not be NULL.
func required<Pointer>(_ pointer: Pointer?, _ argument: StaticString) throws(AblateError) -> Pointer {
  guard let pointer else { throw AblateError(.invalidArgument, "\(argument.text) is NULL") }
  return pointer
}

/// A pointer to `rows` rows, which may be NULL when there are none.
func rowsPointer<Element>(
  _ pointer: UnsafePointer<Element>?, _ argument: StaticString, rows: Int, width: Int
) throws(AblateError) -> UnsafePointer<Element>? {
  try requireRows(rows, width: width)
  return rows == 0 ? nil : try required(pointer, argument)
}

/// The same for rows of which there must be one at least.
func someRows<Element>(
  _ pointer: UnsafePointer<Element>?, _ argument: StaticString, rows: Int, width: Int
) throws(AblateError) -> UnsafePointer<Element> {
  guard let pointer = try rowsPointer(pointer, argument, rows: rows, width: width) else {
    throw AblateError(.invalidArgument, "rows is 0: at least one is needed")
  }
  return pointer
}

/// The same as `rowsPointer` for a pointer to write to.
func rowsPointer<Element>(
  _ pointer: UnsafeMutablePointer<Element>?, _ argument: StaticString, rows: Int, width: Int
) throws(AblateError) -> UnsafeMutablePointer<Element>? {
  try requireRows(rows, width: width)
  return rows == 0 ? nil : try required(pointer, argument)
}

/// Rows that no address space could hold (2^56 bytes, with five levels of page tables) are refused before anything is computed from
/// their number.
private func requireRows(_ rows: Int, width: Int) throws(AblateError) {
  let (values, overflow) = rows.multipliedReportingOverflow(by: max(width, 1))
  guard rows >= 0, !overflow, values <= 1 << 54 else {
    throw AblateError(.invalidArgument, "rows is \(UInt(bitPattern: rows)): more than memory can hold")
  }
}

/// A C string that must not be NULL and must be UTF-8.
func text(_ pointer: UnsafePointer<CChar>?, _ argument: StaticString) throws(AblateError) -> String {
  guard let text = String(validatingCString: try required(pointer, argument)) else {
    throw AblateError(.invalidArgument, "\(argument.text) is not UTF-8")
  }
  return text
}

/// A count the caller states must be the right one.
func requireCount(_ count: Int, is expected: Int, _ argument: StaticString) throws(AblateError) {
  guard count == expected else {
    throw AblateError(
      .invalidArgument, "\(argument.text) is \(UInt(bitPattern: count)): expected \(expected)")
  }
}

/// Room that a caller has for `needed` elements.
func requireRoom(_ capacity: Int, for needed: Int) throws(AblateError) {
  guard UInt(bitPattern: capacity) >= UInt(bitPattern: needed) else {
    throw AblateError(.invalidArgument, "capacity is \(capacity): room for \(needed) is needed")
  }
}

/// ABLATE_NONE, a macro that Swift does not see.
let none = -1

/// An enumerator of the header as the Swift type with the same raw values.
func enumerator<Value: RawRepresentable>(
  _ rawValue: UInt32, _ argument: StaticString
) throws(AblateError) -> Value where Value.RawValue == Int32 {
  guard let value = Value(rawValue: Int32(truncatingIfNeeded: rawValue)) else {
    throw noEnumerator(rawValue, argument.text)
  }
  return value
}

@inline(never)
func noEnumerator(_ rawValue: UInt32, _ argument: String) -> AblateError {
  AblateError(.invalidArgument, "\(argument) is \(rawValue), which is no enumerator of its type")
}
