public import PairwiseData
public import PairwiseTensor

/// Named tensors of a model, read one at a time as Float32.
public protocol WeightSource: Sendable {
  /// The file or folder they come from, for messages.
  var path: String { get }
  /// Names of the tensors, in a fixed order. Unique.
  var names: [String] { get }
  /// The shape of a tensor, or nil if there is none of that name. May have more than four axes.
  func shape(of name: String) -> [Int]?
  /// How a tensor is stored, or nil if there is none of that name.
  func encoding(of name: String) -> TensorEncoding?
  /// Reads one tensor, converted to Float32.
  ///
  /// - Throws: `.invalid` if there is no such tensor, it is not made of floating-point numbers or has more
  ///   than four axes; `.missing` or `.inputOutput` if reading fails.
  func tensor(_ name: String) throws(DataError) -> Tensor
}

extension WeightSource {
  public func encoding(of name: String) -> TensorEncoding? {
    shape(of: name) == nil ? nil : .float32
  }
}

/// Tensors in memory, such as a trained model's, as a source of weights. Shares their memory.
public struct TensorList: WeightSource {
  public let path: String
  public let names: [String]
  private let tensors: [String: Tensor]

  /// - Parameter path: what messages call it.
  ///
  /// Traps if two tensors have the same name.
  public init(_ tensors: [(name: String, tensor: Tensor)], path: String = "memory") {
    self.path = path
    names = tensors.map(\.name)
    self.tensors = Dictionary(tensors.map { ($0.name, $0.tensor) }) { _, _ in
      preconditionFailure("tensor list: two tensors have the same name")
    }
  }

  public func shape(of name: String) -> [Int]? { tensors[name]?.shape.array }

  public func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let tensor = tensors[name] else {
      throw DataError(.invalid, file: path, "tensor '\(name)' is missing")
    }
    return tensor
  }
}
