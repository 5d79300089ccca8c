import AblateModel
import AblateRuntime

/// What is known about a value of the graph.
enum Value {
  /// Not looked at yet.
  case pending
  case constant(Tensor)
  /// A function of the input, row by row.
  case rows(Rows)
  /// Rows of which the axes have not been moved yet.
  case transposed(Transposed)
  /// Rows that a head was applied to.
  case scores(Scores)
  /// Something computed from scores that ends a path (labels, columns, maps), and the names of the classes if it has them.
  case prediction(Scores, labels: [String]?)
  /// A shape, or numbers computed from one: a vector, or one number if `isScalar`.
  case dimensions([Dimension], isScalar: Bool)
  /// Something beyond us, and why. Only matters if the model's scores depend on it.
  case refused(AblateError)
}

/// A function of the input: `expression(affine(stage))`, value by value.
final class Rows {
  /// The number of the stage that it is computed from.
  let stage: Int
  let affine: Affine
  let expression: Expression
  let shape: RowShape
  let type: ElementType
  /// The node of the last operator.
  let position: Int

  init(stage: Int, affine: Affine, expression: Expression, shape: RowShape, type: ElementType, position: Int) {
    self.stage = stage
    self.affine = affine
    self.expression = expression
    self.shape = shape
    self.type = type
    self.position = position
  }

  func with(shape: RowShape) -> Rows {
    Rows(stage: stage, affine: affine, expression: expression, shape: shape, type: type, position: position)
  }

  func with(expression: Expression, at position: Int) -> Rows {
    Rows(stage: stage, affine: affine, expression: expression, shape: shape, type: type, position: position)
  }
}

struct Scores {
  /// nil: none was applied, and what the rows are follows from their last activation function.
  let head: Head?
  let rows: Rows
}

/// What a layer, or something else that is not done value by value, makes of rows.
struct Stage {
  enum Kind {
    case input
    case layer(Weighted)
    /// The rows' expression is done before more is computed from it.
    case computed
    /// The largest value or the mean of each channel: in a window, or over all positions.
    case pooling(Pooling, window: ImageWindow?)
    case sum
    case product
    case concatenation
    case arrangement(Arranged)
    case mixture(Mixed)
    case responseNormalization(ResponseNormalization)
  }

  var kind: Kind
  /// Empty for the input.
  let sources: [Rows]
  /// The axes of each source's values, where they count.
  var sourceShape: ValueShape?
  /// Of an image, whose values are stored channels-last, whatever the order of its axes is in the file. nil: row-major.
  var image: ValueShape?
  /// Whether it is what its node is there for, and so called like it.
  var isNamed = true
  /// The node that it comes from.
  let position: Int
}

/// alpha x W + bias, of a dense layer or of a window over an image.
final class Weighted {
  let name: String
  let weights: Tensor
  /// The order of the two axes of the `weights` of a dense layer.
  let layout: WeightLayout
  let units: Int
  /// Weights of a unit.
  let inputs: Int
  let alpha: Double
  let bias: Coefficients
  /// nil for a dense layer.
  let window: (shape: ImageWindow, groups: Int)?
  /// The axes of what the window goes over.
  let image: ValueShape?

  init(
    name: String, weights: Tensor, layout: WeightLayout, units: Int, inputs: Int, alpha: Double, bias: Coefficients,
    window: (shape: ImageWindow, groups: Int)? = nil, image: ValueShape? = nil
  ) {
    self.name = name
    self.weights = weights
    self.layout = layout
    self.units = units
    self.inputs = inputs
    self.alpha = alpha
    self.bias = bias
    self.window = window
    self.image = image
  }

  /// Whether the name is that of the module the weights belong to.
  var isNamedByWeights: Bool { weights.name.dropping(suffix: ".weight") != nil }

  func renamed(_ name: String) -> Weighted {
    Weighted(
      name: name, weights: weights, layout: layout, units: units, inputs: inputs, alpha: alpha, bias: bias,
      window: window, image: image)
  }
}
