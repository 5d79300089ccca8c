import AblateRuntime
import CAblate

/// A struct of the header that the caller allocates. Its first member is its size, by which the library knows the version of the header
/// the caller was compiled with; new members go to the end.
protocol CallerStruct {
  /// The size in the first version of the struct; smaller ones are no struct of ours.
  static var firstSize: Int { get }
  /// Zero bytes, which must mean the default for members an older caller does not have.
  init()
}

extension ablate_cam_info: CallerStruct { static var firstSize: Int { 64 } }
extension ablate_cam_options: CallerStruct { static var firstSize: Int { 104 } }
extension ablate_cam_step: CallerStruct { static var firstSize: Int { 32 } }
extension ablate_convolution: CallerStruct { static var firstSize: Int { 152 } }
extension ablate_curve_options: CallerStruct { static var firstSize: Int { 56 } }
extension ablate_dense: CallerStruct { static var firstSize: Int { 64 } }
extension ablate_diff_options: CallerStruct { static var firstSize: Int { 56 } }
extension ablate_diff_result: CallerStruct { static var firstSize: Int { 104 } }
extension ablate_greedy_options: CallerStruct { static var firstSize: Int { 40 } }
extension ablate_flip_test: CallerStruct { static var firstSize: Int { 80 } }
extension ablate_judge_options: CallerStruct { static var firstSize: Int { 40 } }
extension ablate_judgement: CallerStruct { static var firstSize: Int { 112 } }
extension ablate_layer_info: CallerStruct { static var firstSize: Int { 64 } }
extension ablate_layer_moments: CallerStruct { static var firstSize: Int { 32 } }
extension ablate_model_cost: CallerStruct { static var firstSize: Int { 32 } }
extension ablate_model_info: CallerStruct { static var firstSize: Int { 80 } }
extension ablate_pooling: CallerStruct { static var firstSize: Int { 112 } }
extension ablate_profile_options: CallerStruct { static var firstSize: Int { 120 } }
extension ablate_profile_unit: CallerStruct { static var firstSize: Int { 168 } }
extension ablate_replacement: CallerStruct { static var firstSize: Int { 32 } }
extension ablate_shapley_options: CallerStruct { static var firstSize: Int { 144 } }
extension ablate_shapley_summary: CallerStruct { static var firstSize: Int { 48 } }
extension ablate_shapley_value: CallerStruct { static var firstSize: Int { 64 } }
extension ablate_step_info: CallerStruct { static var firstSize: Int { 56 } }
extension ablate_surgery_options: CallerStruct { static var firstSize: Int { 88 } }
extension ablate_sweep_cost: CallerStruct { static var firstSize: Int { 32 } }
extension ablate_sweep_options: CallerStruct { static var firstSize: Int { 120 } }
extension ablate_sweep_result: CallerStruct { static var firstSize: Int { 152 } }

extension CallerStruct {
  /// The bytes of a caller's struct that both sides know.
  fileprivate static func sharedSize(
    _ pointer: UnsafeRawPointer, _ argument: StaticString
  ) throws(AblateError) -> Int {
    try AblateC.sharedSize(pointer, argument, first: firstSize, own: MemoryLayout<Self>.size)
  }
}

@inline(never)
private func sharedSize(
  _ pointer: UnsafeRawPointer, _ argument: StaticString, first: Int, own: Int
) throws(AblateError) -> Int {
  let size = pointer.load(as: Int.self)
  guard size >= first else {
    throw AblateError(
      .invalidArgument, "\(argument.text) has size \(UInt(bitPattern: size)): set it with the INIT macro (\(own))")
  }
  return min(size, own)
}

/// A copy of a caller's struct; members the caller does not know are 0.
func read<Struct: CallerStruct>(
  _ pointer: UnsafePointer<Struct>?, _ argument: StaticString
) throws(AblateError) -> Struct {
  let pointer = try required(pointer, argument)
  return copy(UnsafeRawPointer(pointer), size: try Struct.sharedSize(pointer, argument))
}

/// A copy of a caller's options, which may be NULL for the defaults.
func readOptions<Struct: CallerStruct>(_ pointer: UnsafePointer<Struct>?) throws(AblateError) -> Struct {
  pointer == nil ? Struct() : try read(pointer, "options")
}

private func copy<Struct: CallerStruct>(_ pointer: UnsafeRawPointer, size: Int) -> Struct {
  var copy = Struct()
  withUnsafeMutableBytes(of: &copy) {
    $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: size))
  }
  return copy
}

/// Fills in what the caller knows of its struct; the size stays as it was.
func fill<Struct: CallerStruct>(
  _ pointer: UnsafeMutablePointer<Struct>?, _ argument: StaticString, _ value: () throws(AblateError) -> Struct
) throws(AblateError) {
  let pointer = try required(pointer, argument)
  let size = try Struct.sharedSize(pointer, argument)
  write(try value(), to: pointer, size: size)
}

private func write<Struct: CallerStruct>(_ value: Struct, to pointer: UnsafeMutableRawPointer, size: Int) {
  var value = value
  withUnsafeBytes(of: &value) {
    let head = MemoryLayout<Int>.size
    UnsafeMutableRawBufferPointer(start: pointer + head, count: size - head)
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[head..<size]))
  }
}

/// Structs of the header in a row, each as large as the size of the first says.
struct CallerArray<Struct: CallerStruct> {
  private let start: UnsafeMutableRawPointer
  private let stride: Int
  private let known: Int

  init(_ pointer: UnsafeMutablePointer<Struct>?, _ argument: StaticString) throws(AblateError) {
    start = UnsafeMutableRawPointer(try required(pointer, argument))
    known = try Struct.sharedSize(start, argument)
    stride = start.load(as: Int.self)
    guard stride <= 1 << 16, stride % MemoryLayout<Struct>.alignment == 0 else {
      throw AblateError(.invalidArgument, "\(argument.text)[0] has size \(stride): set it with the INIT macro")
    }
  }

  /// Elements that are read only.
  init(_ pointer: UnsafePointer<Struct>, _ argument: StaticString) throws(AblateError) {
    try self.init(UnsafeMutablePointer(mutating: pointer), argument)
  }

  /// A copy of an element; members the caller does not know are 0.
  func element(_ index: Int) -> Struct { copy(start + index * stride, size: known) }

  /// Fills in what the caller knows of an element, its size too.
  func write(_ value: Struct, at index: Int) {
    let element = start + index * stride
    element.storeBytes(of: stride, as: Int.self)
    AblateC.write(value, to: element, size: known)
  }
}
