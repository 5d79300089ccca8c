import AblateKernelInterface

/// Scalar kernels: the shape of the interface, before the vectorised ones take their place.
@export(interface) public func makeKernelTable() -> KernelTable {
  KernelTable(
    name: "baseline",
    packedCount: { k, n in k * n },
    packedBiasCount: { n in n },
    pack: { w, us, ins, b, k, n, pw, pb in
      for j in 0..<n {
        pb[j] = b?[j] ?? 0
        for i in 0..<k { pw[j * k + i] = w[j * us + i * ins] }
      }
    },
    panelCount: { $0 },
    gemm: { pw, pb, k, n, a, lda, c, ldc, rows, panels, relu in
      for r in 0..<rows {
        for j in panels {
          var s = pb[j]
          for i in 0..<k { s += a[r * lda + i] * pw[j * k + i] }
          c[r * ldc + j] = relu && s < 0 ? 0 : s
        }
      }
    },
    activate: { f, x, y, n in
      for i in 0..<n { y[i] = f.kind == .relu && x[i] < 0 ? 0 : x[i] }
    },
    affine: { x, xs, ce, sc, sh, y, ys, rows, n in
      for r in 0..<rows { for i in 0..<n { y[r * ys + i] = (x[r * xs + i] - ce[i]) * sc[i] + sh[i] } }
    },
    softmax: { x, xs, y, ys, rows, n in for r in 0..<rows { for i in 0..<n { y[r * ys + i] = x[r * xs + i] } } },
    logSoftmax: { x, xs, y, ys, rows, n in for r in 0..<rows { for i in 0..<n { y[r * ys + i] = x[r * xs + i] } } },
    argmax: { x, xs, y, rows, n in
      for r in 0..<rows {
        var p = 0
        for i in 1..<n where x[r * xs + i] > x[r * xs + p] { p = i }
        y[r] = Int32(p)
      }
    })
}
