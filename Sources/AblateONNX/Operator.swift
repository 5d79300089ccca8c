import AblateRuntime
import CONNX

/// The operators that are understood.
enum Operator: CaseIterable {
  case add, argMax, averagePool, batchNormalization, cast, ceil, clip, concat, constant, constantOfShape, conv, div,
    dropout, elu, equal, erf, expand, flatten, floor
  case gather, gelu, gemm, globalAveragePool, globalMaxPool, hardSigmoid, hardSwish, identity, leakyRelu, logSoftmax,
    lrn, matMul, maxPool, mul, neg, pad, pow, range, reduceMax, reduceMean
  case reduceProd, relu, reshape, resize, selu, shape, sigmoid, slice, softmax, softplus, split, sqrt, squeeze, sub,
    sum, tanh, transpose, unsqueeze, upsample, `where`
  case arrayFeatureExtractor, binarizer, labelEncoder, scaler, zipMap

  var name: StaticString {
    switch self {
    case .add: "Add"
    case .argMax: "ArgMax"
    case .batchNormalization: "BatchNormalization"
    case .cast: "Cast"
    case .ceil: "Ceil"
    case .clip: "Clip"
    case .concat: "Concat"
    case .constant: "Constant"
    case .constantOfShape: "ConstantOfShape"
    case .div: "Div"
    case .dropout: "Dropout"
    case .elu: "Elu"
    case .equal: "Equal"
    case .erf: "Erf"
    case .expand: "Expand"
    case .flatten: "Flatten"
    case .floor: "Floor"
    case .gather: "Gather"
    case .gelu: "Gelu"
    case .gemm: "Gemm"
    case .hardSigmoid: "HardSigmoid"
    case .hardSwish: "HardSwish"
    case .identity: "Identity"
    case .leakyRelu: "LeakyRelu"
    case .logSoftmax: "LogSoftmax"
    case .matMul: "MatMul"
    case .mul: "Mul"
    case .neg: "Neg"
    case .pad: "Pad"
    case .pow: "Pow"
    case .range: "Range"
    case .reduceMax: "ReduceMax"
    case .reduceMean: "ReduceMean"
    case .reduceProd: "ReduceProd"
    case .relu: "Relu"
    case .reshape: "Reshape"
    case .resize: "Resize"
    case .selu: "Selu"
    case .shape: "Shape"
    case .sigmoid: "Sigmoid"
    case .slice: "Slice"
    case .softmax: "Softmax"
    case .softplus: "Softplus"
    case .split: "Split"
    case .sqrt: "Sqrt"
    case .squeeze: "Squeeze"
    case .sub: "Sub"
    case .tanh: "Tanh"
    case .transpose: "Transpose"
    case .unsqueeze: "Unsqueeze"
    case .upsample: "Upsample"
    case .where: "Where"
    case .conv: "Conv"
    case .maxPool: "MaxPool"
    case .averagePool: "AveragePool"
    case .globalMaxPool: "GlobalMaxPool"
    case .globalAveragePool: "GlobalAveragePool"
    case .lrn: "LRN"
    case .sum: "Sum"
    case .arrayFeatureExtractor: "ArrayFeatureExtractor"
    case .binarizer: "Binarizer"
    case .labelEncoder: "LabelEncoder"
    case .scaler: "Scaler"
    case .zipMap: "ZipMap"
    }
  }

  /// Whether it is of the domain ai.onnx.ml.
  var isML: Bool {
    switch self {
    case .arrayFeatureExtractor, .binarizer, .labelEncoder, .scaler, .zipMap: true
    default: false
    }
  }

  init?(_ name: Bytes, isML: Bool) {
    for candidate in Self.allCases where candidate.isML == isML && name.equals(candidate.name) {
      self = candidate
      return
    }
    return nil
  }

  /// All names, for the error about an operator that is not among them.
  static var list: ErrorText {
    var list = ErrorText.Parts(literalCapacity: 0, interpolationCount: 0)
    for (index, each) in allCases.enumerated() {
      if index > 0 { list.appendLiteral(", ") }
      if each.isML { list.appendLiteral("ai.onnx.ml.") }
      list.appendInterpolation(each.name)
    }
    return ErrorText(stringInterpolation: list)
  }
}
