import AblateRuntime
import CONNX
import CPlatform

extension Source {
  /// Reads the `count` bytes of a tensor that is stored outside the file, in its directory or below.
  ///
  /// - Throws: `unsupported` without a directory, `malformed` for a place outside of it or a part the other file does not have, `io`.
  func externalBytes(_ tensor: Connx__Tensor, count: Int) throws(AblateError) -> Buffer<UInt8> {
    var location: Bytes?
    var offset = 0
    var length: Int?
    for index in 0..<tensor.n_external_data {
      guard let entry = tensor.external_data[index]?.pointee else { continue }
      if entry.key.equals("location") { location = entry.value }
      if entry.key.equals("offset") { offset = try Self.number(entry.value, "offset", tensor) }
      if entry.key.equals("length") { length = try Self.number(entry.value, "length", tensor) }
    }
    guard let location, !location.isEmpty else {
      throw AblateError(.malformed, "tensor \(tensor.name.quoted) is stored outside the file, but does not say where")
    }
    guard let directory else {
      throw AblateError(
        .unsupported,
        "tensor \(tensor.name.quoted) is stored in \(location.quoted): a directory is needed to look for it")
    }
    if let length, length != count {
      throw AblateError(
        .malformed, "tensor \(tensor.name.quoted) has \(length) bytes in \(location.quoted): its shape needs \(count)")
    }
    let file = try Self.open(location, in: directory, for: tensor)
    defer { cplatform_file_close(file) }
    let size = cplatform_file_size(file)
    guard size >= 0 else { throw AblateError.io("read \(location.text)", Int32(clamping: -size)) }
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow, end <= size else {
      throw AblateError(
        .malformed,
        "tensor \(tensor.name.quoted) needs \(count) bytes at \(offset) of \(location.quoted), which has \(size): is it cut short?"
      )
    }
    extendBudget(external.countedOnce(count, of: location, size: Int(size)))
    let bytes = try buffer(UInt8.self, count: count)
    let failure = cplatform_file_read(file, bytes.pointer, count, Int64(offset))
    guard failure == 0 else { throw AblateError.io("read \(location.text)", failure) }
    return bytes
  }

  private static func open(_ location: Bytes, in directory: String, for tensor: Connx__Tensor) throws(AblateError)
    -> Int32
  {
    for byte in location.values where byte == 0 || byte == UInt8(ascii: "\\") {
      throw AblateError(.malformed, "tensor \(tensor.name.quoted) has a location with a character that is not allowed")
    }
    let file = (directory.isEmpty ? "." : directory).withCText { directory in
      location.text.withCText { cplatform_file_open_beneath(directory, $0) }
    }
    if file >= 0 { return file }
    let place: ErrorText = "tensor \(tensor.name.quoted) is stored in \(location.quoted)"
    let confined: StaticString = "only files in the model's own directory are read"
    switch Int(-file) {
    case CPLATFORM_EPERM: throw AblateError(.malformed, "\(place): \(confined)")
    case CPLATFORM_ELOOP, CPLATFORM_ENOTDIR:
      throw AblateError(.malformed, "\(place), which leads through a symbolic link or a file: \(confined)")
    default: throw AblateError.io("read \(location.text)", -file)
    }
  }

  private static func number(_ digits: Bytes, _ what: String, _ tensor: Connx__Tensor) throws(AblateError) -> Int {
    var value = 0
    var valid = !digits.isEmpty && digits.values.count <= 18
    for digit in digits.values where valid {
      valid = digit >= UInt8(ascii: "0") && digit <= UInt8(ascii: "9")
      if valid { value = value * 10 + Int(digit - UInt8(ascii: "0")) }
    }
    guard valid else {
      throw AblateError(.malformed, "tensor \(tensor.name.quoted) has the \(what) \(digits.quoted): expected a number")
    }
    return value
  }
}

/// How many bytes of each file outside have been counted: a file that names one part of it over and over holds no more for that.
struct ExternalFiles {
  private var files: [(location: Bytes, left: Int)] = []

  /// How many of `count` more bytes of a file still count: in all, no more than it has.
  mutating func countedOnce(_ count: Int, of location: Bytes, size: Int) -> Int {
    let place = files.firstIndex { $0.location.hasSame(location) } ?? files.count
    if place == files.count { files.append((location, size)) }
    let counted = min(count, files[place].left)
    files[place].left -= counted
    return counted
  }
}
