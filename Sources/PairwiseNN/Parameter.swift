public import PairwiseAutodiff
public import PairwiseTensor

/// How a parameter starts.
public enum Initialization: Sendable, Equatable {
  case zeros
  case ones
  /// Normal with mean 0.
  case normal(standardDeviation: Float)
  /// Uniform in ±1/√fanIn: torch's start for the weight and bias of a linear layer.
  case uniform(fanIn: Int)
}

/// A named slice of the flat parameter block.
public struct Parameter: Sendable, Equatable {
  /// The name in checkpoints: the path of the layers around it, joined by dots.
  public let name: String
  public let shape: Shape
  /// First element in the flat block.
  public let offset: Int
  /// Whether weight decay applies by default: not to biases and norm gains.
  public let decays: Bool
  let initialization: Initialization

  public var range: Range<Int> { offset..<offset + shape.count }
}

/// Registers parameters while layers are built: the same names serve initialisation and loading.
public struct ParameterBuilder: Sendable {
  public private(set) var parameters: [Parameter] = []
  private var path: [String] = []
  /// Number of elements registered so far.
  public private(set) var count = 0

  public init() {}

  /// Adds a parameter under the current path. Traps if the name is taken.
  public mutating func add(
    _ name: String, _ shape: Shape, _ initialization: Initialization, decays: Bool = true
  ) -> Parameter {
    let full = (path + [name]).joined(separator: ".")
    precondition(!parameters.contains { $0.name == full }, "parameter \(full) is registered twice")
    let parameter = Parameter(
      name: full, shape: shape, offset: count, decays: decays, initialization: initialization)
    count += shape.count
    parameters.append(parameter)
    return parameter
  }

  /// Builds a layer whose parameter names start with `name`.
  public mutating func scoped<Layer>(
    _ name: String, _ build: (inout ParameterBuilder) -> Layer
  ) -> Layer {
    path.append(name)
    defer { path.removeLast() }
    return build(&self)
  }
}

/// All parameters of a model: one block of values, and names for its slices.
public struct ParameterStore: Sendable {
  /// `[P]`, the slices one after the other in order of registration.
  public var values: Tensor
  public let parameters: [Parameter]

  /// Starts every parameter from its own random stream, so that one parameter's start does not depend
  /// on which others there are.
  public init(_ builder: ParameterBuilder, seed: UInt64) {
    parameters = builder.parameters
    var block = Tensor.zeros([parameters.last.map { $0.range.upperBound } ?? 0])
    block.withMutableSpan { span in
      for parameter in builder.parameters {
        var stream = CounterRandom(seed: seed, stream: parameter.name)
        switch parameter.initialization {
        case .zeros: break
        case .ones: for i in parameter.range { span[i] = 1 }
        case .normal(let deviation):
          for i in parameter.range { span[i] = Float(stream.normal()) * deviation }
        case .uniform(let fanIn):
          let bound = 1 / Float(max(1, fanIn)).squareRoot()
          for i in parameter.range { span[i] = (2 * Float(stream.uniform()) - 1) * bound }
        }
      }
    }
    values = block
  }

  /// Stops sharing memory with copies of this store, so that updates can work in place.
  public mutating func makeUnique() {
    values.withMutableSpan { _ in }
  }

  /// Number of parameters P.
  public var count: Int { values.count }

  /// The current value of one parameter; shares memory until either is written.
  public func value(_ parameter: Parameter) -> Tensor {
    Tensor(
      storage: values.storage, offset: values.offset + parameter.offset, shape: parameter.shape)
  }

  /// Overwrites one parameter. Traps if the shapes differ.
  public mutating func set(_ parameter: Parameter, to tensor: Tensor) {
    precondition(
      tensor.shape == parameter.shape,
      "parameter \(parameter.name): expected \(parameter.shape), found \(tensor.shape)")
    values.withMutableSpan { span in
      tensor.withSpan { source in
        for i in 0..<source.count { span[parameter.offset + i] = source[i] }
      }
    }
  }

  /// The parameter that element `index` of the flat block belongs to.
  public func parameter(at index: Int) -> Parameter? {
    parameters.first { $0.range.contains(index) }
  }
}

/// Parameters as variables of one forward pass.
public struct Weights {
  private let store: ParameterStore
  private let tape: Tape?

  /// With a tape, gradients flow to the parameters; without one they are constants.
  public init(_ store: ParameterStore, on tape: Tape? = nil) {
    self.store = store
    self.tape = tape
  }

  public subscript(parameter: Parameter) -> Variable {
    let value = store.value(parameter)
    return tape?.parameter(value, offset: parameter.offset) ?? Variable(constant: value)
  }
}
