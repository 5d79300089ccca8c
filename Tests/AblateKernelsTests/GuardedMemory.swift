import AblateRuntime
import AblateTestSupport
import Glibc

func sameBits(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
}

/// Calls `body` with a copy of some values that ends where a page without access begins.
func withGuardedCopy(of values: [Float], _ body: (UnsafePointer<Float>) -> Void) {
  let page = 4096
  let size = (values.count * 4 + page - 1) / page * page
  guard let memory = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    memory != MAP_FAILED
  else { return }
  mprotect(memory + size, page, PROT_NONE)
  let copy = (memory + size - values.count * 4).bindMemory(to: Float.self, capacity: values.count)
  copy.initialize(from: values, count: values.count)
  body(copy)
  munmap(memory, size + page)
}

func withGuardedCopy(ofAny values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
  guard let values else { return body(nil) }
  withGuardedCopy(of: values) { body($0) }
}

/// Windows over a small image; some reach into the padding.
func randomGeometry(_ random: inout Randomness) -> WindowGeometry {
  let kernels = [(1, 1), (1, 1), (3, 3), (3, 3), (5, 5), (1, 3), (2, 2), (7, 7), (4, 1)]
  let (kernelHeight, kernelWidth) = kernels.randomElement(using: &random) ?? (1, 1)
  let (strideY, strideX) = [(1, 1), (1, 1), (2, 2), (1, 3)].randomElement(using: &random) ?? (1, 1)
  let (dilationY, dilationX) = [(1, 1), (1, 1), (1, 1), (2, 2), (1, 2)].randomElement(using: &random) ?? (1, 1)
  let reachY = (kernelHeight - 1) * dilationY + 1
  let reachX = (kernelWidth - 1) * dilationX + 1
  let padTop = [0, reachY / 2].randomElement(using: &random) ?? 0
  let padLeft = [0, reachX / 2, max(0, reachX - 1)].randomElement(using: &random) ?? 0
  let padBottom = Int.random(in: 0...reachY / 2, using: &random)
  let padRight = Int.random(in: 0...reachX / 2, using: &random)
  let inputHeight = max(1, reachY - padTop - padBottom) + Int.random(in: 0...9, using: &random)
  let inputWidth = max(1, reachX - padLeft - padRight) + Int.random(in: 0...20, using: &random)
  return WindowGeometry(
    inputHeight: inputHeight, inputWidth: inputWidth, kernelHeight: kernelHeight, kernelWidth: kernelWidth,
    strideY: strideY, strideX: strideX, dilationY: dilationY, dilationX: dilationX, padTop: padTop,
    padLeft: padLeft, padBottom: padBottom, padRight: padRight,
    outputHeight: (inputHeight + padTop + padBottom - reachY) / strideY + 1,
    outputWidth: (inputWidth + padLeft + padRight - reachX) / strideX + 1)
}
