/// The kernels of one instruction set.
///
/// Those that are called for single rows are C functions, without a context that would be retained for each call, where C has the types of
/// their arguments.
///
/// Kernels check nothing: pointers, counts and strides must be right. Strides are in elements. All arithmetic is float32.
public final class KernelTable: Sendable {
  public typealias Floats = UnsafePointer<Float>
  public typealias MutableFloats = UnsafeMutablePointer<Float>

  /// "v4", "v3", "neon" or "baseline".
  public let name: StaticString

  /// How often a multiply-add rounds: 1 if fused, 2 if not.
  public let roundingsPerTerm: Int

  /// How many floats the packed form of an [n, k] weight matrix takes.
  public let packedCount: @Sendable (_ k: Int, _ n: Int) -> Int

  /// How many floats the packed form of a bias of n values takes.
  public let packedBiasCount: @Sendable (_ n: Int) -> Int

  /// Packs weights into panels with all of k contiguous. Weight (unit, input) is at `unit * unitStride + input * inputStride`.
  public let pack:
    @Sendable (
      _ weights: Floats, _ unitStride: Int, _ inputStride: Int, _ bias: Floats?, _ k: Int, _ n: Int,
      _ packed: MutableFloats, _ packedBias: MutableFloats
    ) -> Void

  /// How many panels the columns of an [n, k] matrix are packed in; the unit in which `gemm` can be split by columns.
  public let panelCount: @Sendable (_ n: Int) -> Int

  /// c[rows, n] = a[rows, k] · Wᵀ + bias for the columns of `panels`: one chain of fused multiply-adds per element, k ascending,
  /// starting from the bias. With `relu`, negative results become 0 (NaN and -0 stay).
  ///
  /// Columns n ..< cStride of c may be overwritten, in the last row too.
  public let gemm:
    @Sendable (
      _ packed: Floats, _ packedBias: Floats, _ k: Int, _ n: Int, _ a: Floats, _ aStride: Int, _ c: MutableFloats,
      _ cStride: Int, _ rows: Int, _ panels: Range<Int>, _ relu: Bool
    ) -> Void

  /// y = activation(x) for `count` values; y may be x.
  public let activate: @Sendable (_ activation: Activation, _ x: Floats, _ y: MutableFloats, _ count: Int) -> Void

  /// y[rows, n] = (x - center) * scale + shift: a subtraction, then one fused multiply-add; y may be x or shift.
  public let affine:
    @Sendable (
      _ x: Floats, _ xStride: Int, _ center: Floats, _ scale: Floats, _ shift: Floats, _ y: MutableFloats,
      _ yStride: Int,
      _ rows: Int, _ n: Int
    ) -> Void

  /// y[rows, n] = softmax of each row of x, largest subtracted first; y may be x.
  public let softmax:
    @Sendable (_ x: Floats, _ xStride: Int, _ y: MutableFloats, _ yStride: Int, _ rows: Int, _ n: Int) -> Void

  /// y[rows, n] = log(softmax) of each row of x; y may be x.
  public let logSoftmax:
    @Sendable (_ x: Floats, _ xStride: Int, _ y: MutableFloats, _ yStride: Int, _ rows: Int, _ n: Int) -> Void

  /// The index of the largest of each row's n values: the first of equal ones, and the first NaN before anything else.
  public let argmax:
    @Sendable @convention(c) (_ x: Floats, _ xStride: Int, _ y: UnsafeMutablePointer<Int32>, _ rows: Int, _ n: Int) ->
      Void

  /// How far the score of each row's prediction is above that of the best rival: infinity where there is none, not above 0 where some
  /// rival is ahead or a difference is NaN. Scores can be read up to the next multiple of 16 classes.
  public let leads:
    @Sendable @convention(c) (
      _ scores: Floats, _ stride: Int, _ predictions: UnsafePointer<Int32>, _ rows: Int, _ classes: Int,
      _ leads: MutableFloats
    ) -> Void

  /// The magnitudes of n values, for bounds.
  public let magnitudes: @Sendable (_ x: Floats, _ weights: Floats, _ n: Int) -> RowMagnitudes

  /// Of each row of n values Σ |x| * weight, for weights that are not negative, and the largest |x|; NaN where an x is NaN. For bounds.
  public let weightedMagnitudes:
    @Sendable @convention(c) (
      _ x: Floats, _ stride: Int, _ rows: Int, _ n: Int, _ weights: Floats, _ weighted: MutableFloats,
      _ largest: MutableFloats
    ) -> Void

  /// Of the chains of one row's n results, bias + Σ x * weight over k inputs, the largest Σ |partial sum| + 2 max |partial sum|,
  /// the sum over terms that are not 0, to be used in bounds only.
  /// outgoing is [k, stride] and can be read up to the next multiple of 16 results.
  public let partialSums:
    @Sendable @convention(c) (_ x: Floats, _ outgoing: Floats, _ stride: Int, _ bias: Floats, _ k: Int, _ n: Int) ->
      Float

  /// Lists the indices of the values whose replacement might matter, ascending, and returns how many. An index is left out if
  /// replacement = x, or if d * raise (for d = replacement - x > 0) or -d * lower (for d < 0) is below `limit`; NaN is not.
  ///
  /// All arrays but x can be read, and `out` can be written, up to the next multiple of 16 values.
  public let undecided:
    @Sendable @convention(c) (
      _ x: Floats, _ replacements: Floats, _ raise: Floats, _ lower: Floats, _ limit: Float, _ n: Int,
      _ out: UnsafeMutablePointer<Int32>
    ) -> Int

  /// Lists the inputs of a unit, ascending, that are not 0 and whose term x * weight, taken away from its sum, has an effect of 1 or more:
  /// raise per growth of the sum, lower per decline. NaN is never below 1. `out` has room for the
  /// next multiple of 16.
  public let undecidedInputs:
    @Sendable @convention(c) (
      _ x: Floats, _ weights: Floats, _ raise: Float, _ lower: Float, _ n: Int, _ out: UnsafeMutablePointer<Int32>
    ) -> Int

  /// Lists the indices of n values, ascending, that are not 0 and not below `limit` (NaN is not), and returns how many. `out` has room for
  /// n up to the next multiple of 16.
  public let notBelow:
    @Sendable @convention(c) (_ x: Floats, _ limit: Float, _ n: Int, _ out: UnsafeMutablePointer<Int32>) -> Int

  /// Lists the indices of n values, ascending, that are not 0 and whose product x * weight is not below `limit` (NaN is not), and returns
  /// how many. Weights can be read, and `out` written, up to the next multiple of 16 values.
  public let productsNotBelow:
    @Sendable @convention(c) (
      _ x: Floats, _ weights: Floats, _ limit: Float, _ n: Int, _ out: UnsafeMutablePointer<Int32>
    ) -> Int

  /// Lists the partners in first ..< n, ascending, whose effect is not below `limit` and which do not leave a lead over some rival,
  /// leads[rival] - losses[rival, partner], above slack + slacks[partner] (NaN is not), and returns how many. losses is [rivals, stride].
  /// Of these, winners[partner] is the rival that then is ahead of the prediction and of all other rivals by more than the slack, or -1.
  /// Arrays by partner can be read, and winners written, up to 16 behind n; `out` has room for n + 1 - first.
  public let openPartners:
    @Sendable @convention(c) (
      _ leads: Floats, _ losses: Floats, _ stride: Int, _ rivals: Int, _ slack: Float, _ slacks: Floats,
      _ effects: Floats, _ limit: Float, _ first: Int, _ n: Int, _ out: UnsafeMutablePointer<Int32>,
      _ winners: UnsafeMutablePointer<Int32>
    ) -> Int

  /// The bounds that `undecided` compares, and the largest of them. 0 where nothing changes, more than 0 elsewhere, infinity for NaN.
  /// `out` has the room of the others.
  public let effects:
    @Sendable @convention(c) (
      _ x: Floats, _ replacements: Floats, _ raise: Floats, _ lower: Floats, _ n: Int, _ out: MutableFloats
    ) -> Float

  /// Of listed indices, keeps those where scores + (replacement - x) * weights do not have `prediction` ahead of all others by more than
  /// slack + slackPerMove * |replacement - x| * reach, and returns how many. scores and each row of outgoing, [indices, stride], can be
  /// read up to the next multiple of 16 classes; x, replacements and reach are by index.
  public let unsettled:
    @Sendable @convention(c) (
      _ scores: Floats, _ prediction: Int, _ x: Floats, _ replacements: Floats, _ outgoing: Floats, _ stride: Int,
      _ classes: Int, _ slack: Float, _ slackPerMove: Float, _ reach: Floats, _ indices: UnsafeMutablePointer<Int32>,
      _ count: Int
    ) -> Int

  /// Of listed indices, keeps those where d * raise (for d = replacement - x > 0) or -d * lower (for d < 0) is not below the limit of some
  /// class (NaN is not), and returns how many. raise and lower, [indices, stride], and limits can be read up to the next multiple of 16
  /// classes; limits are infinite there.
  public let unproven:
    @Sendable @convention(c) (
      _ x: Floats, _ replacements: Floats, _ raise: Floats, _ lower: Floats, _ stride: Int, _ limits: Floats,
      _ classes: Int, _ indices: UnsafeMutablePointer<Int32>, _ count: Int
    ) -> Int

  /// Replaces one value of each row, at `values` + row * stride, adds change * weights to its scores, and |change| * slackPerMove to its
  /// slack. Lists the rows that changed and whose prediction is not ahead of all others by more than the slack, and returns how many.
  /// scores, [rows, scoreStride], and weights can be read and written up to the next multiple of 16 classes; `out` has room for all rows.
  public let accumulate:
    @Sendable @convention(c) (
      _ values: MutableFloats, _ stride: Int, _ replacement: Float, _ rows: Int, _ scores: MutableFloats,
      _ scoreStride: Int, _ weights: Floats, _ classes: Int, _ predictions: UnsafePointer<Int32>,
      _ slacks: MutableFloats, _ slackPerMove: Float, _ out: UnsafeMutablePointer<Int32>
    ) -> Int

  /// Values of `gemm` for one row and unit, each with the weight of one input counting as 0: `without` lists `count` of them, ascending.
  /// `out` has room for the next multiple of 64.
  public let chains:
    @Sendable @convention(c) (
      _ x: Floats, _ weights: Floats, _ bias: Float, _ n: Int, _ without: UnsafePointer<Int32>, _ count: Int,
      _ out: MutableFloats
    ) -> Void

  /// y = z + delta * w for n values; y may be z.
  public let addScaled:
    @Sendable @convention(c) (_ z: Floats, _ delta: Float, _ w: Floats, _ y: MutableFloats, _ n: Int) -> Void

  /// y = z + delta * w with w the weights of one input in a packed [n, k] matrix; y may be z. With `relu`, negative results become 0 (NaN
  /// and -0 stay). z can be read and y written up to the next multiple of 16 values.
  public let addScaledInput:
    @Sendable @convention(c) (
      _ z: Floats, _ delta: Float, _ packed: Floats, _ k: Int, _ n: Int, _ input: Int, _ y: MutableFloats, _ relu: Bool
    ) -> Void

  /// The sum of relu(z + delta * w) * own over n values less that of relu(z + delta * w) * rival, each in 16 chains or fewer, with w as
  /// before. z, own and rival can be read up to the next multiple of 16 values, where own and rival are 0.
  public let updatedLead:
    @Sendable @convention(c) (
      _ z: Floats, _ delta: Float, _ packed: Floats, _ k: Int, _ n: Int, _ input: Int, _ own: Floats, _ rival: Floats
    ) -> Float

  /// Columns of a panel of doubles: `widen` and `addProducts` take n columns in panels of as many.
  public let productPanelWidth: Int

  /// Lays x[rows, n] out as doubles in panels, [panels, panelRows, panel width], of which the first `rows` rows are written. Columns
  /// beyond n are zeros.
  public let widen:
    @Sendable (
      _ x: Floats, _ xStride: Int, _ rows: Int, _ n: Int, _ panels: UnsafeMutablePointer<Double>, _ panelRows: Int
    ) -> Void

  /// sums(i, j) += x(row, i) * x(row, j) over the rows in their order, for the columns i of one panel and the columns j of it and all
  /// later ones of n, in float64, in which the products are exact. Rows in which x(i) is 0 are left out. sums is [padded columns, stride].
  public let addProducts:
    @Sendable (
      _ panels: UnsafePointer<Double>, _ panelRows: Int, _ rows: Int, _ panel: Int, _ n: Int,
      _ sums: UnsafeMutablePointer<Double>, _ stride: Int
    ) -> Void

  /// Convolution of one image, ungrouped, or of one group of its channels: for the pixels of `outputRows`,
  /// y = activation(bias + Σ weight * x + residual).
  ///
  /// Weights are [units, kernel height, kernel width, inputs], packed with k = kernel height * kernel width * inputs. The sum is one chain
  /// of fused multiply-adds, k ascending, starting from the bias. The padding consists of zeros: its terms 0 * weight are part of the
  /// chain. x is [input height, input width, inputs], y and the residual [output height, output width, units]; the strides lead from one
  /// pixel to the next, so that a group reads and writes its slice of the channels. Nothing but the units of `outputRows` is written. y
  /// overlaps neither x nor the residual, as partial sums are kept in it.
  public let convolve:
    @Sendable (
      _ packed: Floats, _ packedBias: Floats, _ geometry: WindowGeometry, _ inputs: Int, _ units: Int, _ x: Floats,
      _ xPixelStride: Int, _ y: MutableFloats, _ yPixelStride: Int, _ outputRows: Range<Int>, _ activation: Activation,
      _ residual: Floats?
    ) -> Void

  /// Convolution of one image with one input channel for each unit: weights are [kernel height, kernel width, channels], not packed, and
  /// the bias, which can be missing, [channels]. Chains, padding and residual are as in `convolve`. x is [input height, input width,
  /// channels], y and the residual [output height, output width, channels]. y overlaps neither x nor the residual, as some outputs are
  /// computed twice.
  public let convolveDepthwise:
    @Sendable (
      _ weights: Floats, _ bias: Floats?, _ geometry: WindowGeometry, _ x: Floats, _ y: MutableFloats,
      _ channels: Int, _ outputRows: Range<Int>, _ activation: Activation, _ residual: Floats?
    ) -> Void

  /// Pools windows of one image, [input height, input width, channels]. Sums run over the taps of a window in ascending order, starting
  /// from 0, and are then divided. A window without a tap in the image has the largest -infinity and the average NaN, or 0 if the padding
  /// counts.
  public let pool:
    @Sendable (
      _ pooling: Pooling, _ geometry: WindowGeometry, _ channels: Int, _ x: Floats, _ y: MutableFloats,
      _ outputRows: Range<Int>
    ) -> Void

  /// y[channels] = the mean of x[positions, channels]: the sum in ascending order, starting from 0, divided by `positions`.
  public let globalAverage: @Sendable (_ x: Floats, _ positions: Int, _ channels: Int, _ y: MutableFloats) -> Void

  /// y[channels] = the largest of x[positions, channels]; NaN if there is one.
  public let globalMaximum: @Sendable (_ x: Floats, _ positions: Int, _ channels: Int, _ y: MutableFloats) -> Void

  /// y = activation(a + b) for n values; y may be a or b.
  public let add: @Sendable (_ a: Floats, _ b: Floats, _ y: MutableFloats, _ n: Int, _ activation: Activation) -> Void

  /// y = a * b for n values; y may be a or b.
  public let multiply: @Sendable (_ a: Floats, _ b: Floats, _ y: MutableFloats, _ n: Int) -> Void

  /// y[positions, channels] = x * scale[channels]; y may be x.
  public let multiplyChannels:
    @Sendable (_ x: Floats, _ scale: Floats, _ y: MutableFloats, _ positions: Int, _ channels: Int) -> Void

  /// y[i] = x[indices[i]] for n values, or `filler` where the index is below 0.
  public let arrange:
    @Sendable (_ x: Floats, _ indices: UnsafePointer<Int32>, _ filler: Float, _ y: MutableFloats, _ n: Int) -> Void

  public init(
    name: StaticString,
    roundingsPerTerm: Int,
    packedCount: @escaping @Sendable (Int, Int) -> Int,
    packedBiasCount: @escaping @Sendable (Int) -> Int,
    pack:
      @escaping @Sendable (Floats, Int, Int, Floats?, Int, Int, MutableFloats, MutableFloats) -> Void,
    panelCount: @escaping @Sendable (Int) -> Int,
    gemm:
      @escaping @Sendable (
        Floats, Floats, Int, Int, Floats, Int, MutableFloats, Int, Int, Range<Int>, Bool
      ) -> Void,
    activate: @escaping @Sendable (Activation, Floats, MutableFloats, Int) -> Void,
    affine:
      @escaping @Sendable (Floats, Int, Floats, Floats, Floats, MutableFloats, Int, Int, Int) -> Void,
    softmax: @escaping @Sendable (Floats, Int, MutableFloats, Int, Int, Int) -> Void,
    logSoftmax: @escaping @Sendable (Floats, Int, MutableFloats, Int, Int, Int) -> Void,
    argmax: @Sendable @convention(c) (Floats, Int, UnsafeMutablePointer<Int32>, Int, Int) -> Void,
    leads: @Sendable @convention(c) (Floats, Int, UnsafePointer<Int32>, Int, Int, MutableFloats) -> Void,
    magnitudes: @escaping @Sendable (Floats, Floats, Int) -> RowMagnitudes,
    weightedMagnitudes:
      @Sendable @convention(c) (Floats, Int, Int, Int, Floats, MutableFloats, MutableFloats) -> Void,
    partialSums: @Sendable @convention(c) (Floats, Floats, Int, Floats, Int, Int) -> Float,
    undecided:
      @Sendable @convention(c) (Floats, Floats, Floats, Floats, Float, Int, UnsafeMutablePointer<Int32>) -> Int,
    undecidedInputs:
      @Sendable @convention(c) (Floats, Floats, Float, Float, Int, UnsafeMutablePointer<Int32>) -> Int,
    notBelow: @Sendable @convention(c) (Floats, Float, Int, UnsafeMutablePointer<Int32>) -> Int,
    productsNotBelow: @Sendable @convention(c) (Floats, Floats, Float, Int, UnsafeMutablePointer<Int32>) -> Int,
    openPartners:
      @Sendable @convention(c) (
        Floats, Floats, Int, Int, Float, Floats, Floats, Float, Int, Int, UnsafeMutablePointer<Int32>,
        UnsafeMutablePointer<Int32>
      ) -> Int,
    effects: @Sendable @convention(c) (Floats, Floats, Floats, Floats, Int, MutableFloats) -> Float,
    unsettled:
      @Sendable @convention(c) (
        Floats, Int, Floats, Floats, Floats, Int, Int, Float, Float, Floats, UnsafeMutablePointer<Int32>, Int
      ) -> Int,
    unproven:
      @Sendable @convention(c) (
        Floats, Floats, Floats, Floats, Int, Floats, Int, UnsafeMutablePointer<Int32>, Int
      ) -> Int,
    accumulate:
      @Sendable @convention(c) (
        MutableFloats, Int, Float, Int, MutableFloats, Int, Floats, Int, UnsafePointer<Int32>, MutableFloats, Float,
        UnsafeMutablePointer<Int32>
      ) -> Int,
    chains:
      @Sendable @convention(c) (Floats, Floats, Float, Int, UnsafePointer<Int32>, Int, MutableFloats) -> Void,
    addScaled: @Sendable @convention(c) (Floats, Float, Floats, MutableFloats, Int) -> Void,
    addScaledInput: @Sendable @convention(c) (Floats, Float, Floats, Int, Int, Int, MutableFloats, Bool) -> Void,
    updatedLead: @Sendable @convention(c) (Floats, Float, Floats, Int, Int, Int, Floats, Floats) -> Float,
    productPanelWidth: Int,
    widen: @escaping @Sendable (Floats, Int, Int, Int, UnsafeMutablePointer<Double>, Int) -> Void,
    addProducts:
      @escaping @Sendable (UnsafePointer<Double>, Int, Int, Int, Int, UnsafeMutablePointer<Double>, Int) -> Void,
    convolve:
      @escaping @Sendable (
        Floats, Floats, WindowGeometry, Int, Int, Floats, Int, MutableFloats, Int, Range<Int>, Activation, Floats?
      ) -> Void,
    convolveDepthwise:
      @escaping @Sendable (
        Floats, Floats?, WindowGeometry, Floats, MutableFloats, Int, Range<Int>, Activation, Floats?
      ) -> Void,
    pool: @escaping @Sendable (Pooling, WindowGeometry, Int, Floats, MutableFloats, Range<Int>) -> Void,
    globalAverage: @escaping @Sendable (Floats, Int, Int, MutableFloats) -> Void,
    globalMaximum: @escaping @Sendable (Floats, Int, Int, MutableFloats) -> Void,
    add: @escaping @Sendable (Floats, Floats, MutableFloats, Int, Activation) -> Void,
    multiply: @escaping @Sendable (Floats, Floats, MutableFloats, Int) -> Void,
    multiplyChannels: @escaping @Sendable (Floats, Floats, MutableFloats, Int, Int) -> Void,
    arrange: @escaping @Sendable (Floats, UnsafePointer<Int32>, Float, MutableFloats, Int) -> Void
  ) {
    self.name = name
    self.roundingsPerTerm = roundingsPerTerm
    self.packedCount = packedCount
    self.packedBiasCount = packedBiasCount
    self.pack = pack
    self.panelCount = panelCount
    self.gemm = gemm
    self.activate = activate
    self.affine = affine
    self.softmax = softmax
    self.logSoftmax = logSoftmax
    self.argmax = argmax
    self.leads = leads
    self.magnitudes = magnitudes
    self.weightedMagnitudes = weightedMagnitudes
    self.partialSums = partialSums
    self.undecided = undecided
    self.undecidedInputs = undecidedInputs
    self.notBelow = notBelow
    self.productsNotBelow = productsNotBelow
    self.openPartners = openPartners
    self.effects = effects
    self.unsettled = unsettled
    self.unproven = unproven
    self.accumulate = accumulate
    self.chains = chains
    self.addScaled = addScaled
    self.addScaledInput = addScaledInput
    self.updatedLead = updatedLead
    self.productPanelWidth = productPanelWidth
    self.widen = widen
    self.addProducts = addProducts
    self.convolve = convolve
    self.convolveDepthwise = convolveDepthwise
    self.pool = pool
    self.globalAverage = globalAverage
    self.globalMaximum = globalMaximum
    self.add = add
    self.multiply = multiply
    self.multiplyChannels = multiplyChannels
    self.arrange = arrange
  }
}
