import AblateKernelInterface

/// The kernels of the instruction set this module is compiled for.
@export(interface) public func makeKernelTable() -> KernelTable {
  KernelTable(
    name: instructionSet,
    roundingsPerTerm: isFused ? 1 : 2,
    packedCount: { k, n in Panels(k: k, n: n).paddedWidth * k },
    packedBiasCount: { n in Panels(k: 1, n: n).paddedWidth },
    pack: { weights, unitStride, inputStride, bias, k, n, packed, packedBias in
      Panels(k: k, n: n).pack(
        weights, unitStride: unitStride, inputStride: inputStride, bias: bias, into: packed, bias: packedBias)
    },
    panelCount: { n in Panels(k: 1, n: n).count },
    gemm: { packed, bias, k, n, a, aStride, c, cStride, rows, panels, isReLU in
      gemm(packed, bias, Panels(k: k, n: n), a, aStride, c, cStride, rows, panels, isReLU)
    },
    activate: { activate($0, $1, $2, $3) },
    affine: { affine($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    softmax: { softmax($0, $1, $2, $3, $4, $5) },
    logSoftmax: { logSoftmax($0, $1, $2, $3, $4, $5) },
    argmax: { argmax($0, $1, $2, $3, $4) },
    leads: { leads($0, $1, $2, $3, $4, $5) },
    magnitudes: { magnitudes($0, $1, $2) },
    weightedMagnitudes: { weightedMagnitudes($0, $1, $2, $3, $4, $5, $6) },
    partialSums: { partialSums($0, $1, $2, $3, $4, $5) },
    undecided: { undecided($0, $1, $2, $3, $4, $5, $6) },
    undecidedInputs: { undecidedInputs($0, $1, $2, $3, $4, $5) },
    notBelow: { notBelow($0, $1, $2, $3) },
    productsNotBelow: { productsNotBelow($0, $1, $2, $3, $4) },
    openPartners: { openPartners($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
    effects: { effects($0, $1, $2, $3, $4, $5) },
    unsettled: { unsettled($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
    unproven: { unproven($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    accumulate: { accumulate($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
    chains: { chains($0, $1, $2, $3, $4, $5, $6) },
    addScaled: { addScaled($0, $1, $2, $3, $4) },
    addScaledInput: { addScaledInput($0, $1, $2, Panels(k: $3, n: $4), $5, $6, isReLU: $7) },
    updatedLead: { updatedLead($0, $1, $2, Panels(k: $3, n: $4), $5, $6, $7) },
    productPanelWidth: productPanelWidth,
    widen: { widen($0, $1, $2, $3, $4, $5) },
    addProducts: { addProducts($0, $1, $2, $3, $4, $5, $6) },
    convolve: { convolve($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
    convolveDepthwise: { convolveDepthwise($0, $1, $2, $3, $4, $5, $6, $7, $8) },
    pool: { pool($0, $1, $2, $3, $4, $5) },
    globalAverage: { globalAverage($0, $1, $2, $3) },
    globalMaximum: { globalMaximum($0, $1, $2, $3) },
    add: { add($0, $1, $2, $3, $4) },
    multiply: { multiply($0, $1, $2, $3) },
    multiplyChannels: { multiplyChannels($0, $1, $2, $3, $4) },
    arrange: { arrange($0, $1, $2, $3, $4) })
}

#if ABLATE_V4
  private let instructionSet: StaticString = "v4"
#elseif ABLATE_V3
  private let instructionSet: StaticString = "v3"
#elseif arch(arm64)
  private let instructionSet: StaticString = "neon"
#else
  private let instructionSet: StaticString = "baseline"
#endif
