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
  case constant(Float)
}

/// A named slice of the flat parameter block, or of the block of frozen parameters.
public struct Parameter: Sendable, Equatable {
  /// The name in checkpoints: the path of the layers around it, joined by dots.
  public let name: String
  public let shape: Shape
  /// First element in its block.
  public let offset: Int
  /// Whether weight decay applies by default: not to biases and norm gains.
  public let decays: Bool
  /// Its own weight decay, in place of the optimizer's.
  public let weightDecay: Double?
  /// Its own rate at the schedule's peak, in place of the optimizer's.
  public let learningRate: Double?
  /// Whether it lies in the frozen block: it has no gradient, and no optimizer touches it.
  public let isFrozen: Bool
  /// Whether files keep it transposed, `[in, out]`, as GPT-2's do.
  public let isTransposedInFiles: Bool
  let initialization: Initialization

  /// The shape it has in files.
  public var fileShape: Shape { isTransposedInFiles ? [shape[1], shape[0]] : shape }

  public var range: Range<Int> { offset..<offset + shape.count }
}

/// Registers parameters while layers are built: the same names serve initialisation and loading.
public struct ParameterBuilder: Sendable {
  public private(set) var parameters: [Parameter] = []
  private var path: [String] = []
  private var names: Set<String> = []
  private var isFreezing = false
  private var weightDecay: Double?
  private var learningRate: Double?
  /// Number of trained elements registered so far.
  public private(set) var count = 0
  /// Number of frozen elements registered so far.
  public private(set) var frozenCount = 0

  public init() {}

  /// Adds a parameter under the current path. Traps if the name is taken.
  public mutating func add(
    _ name: String, _ shape: Shape, _ initialization: Initialization, decays: Bool = true,
    isTransposedInFiles: Bool = false
  ) -> Parameter {
    let full = (path + [name]).joined(separator: ".")
    precondition(names.insert(full).inserted, "parameter \(full) is registered twice")
    let parameter = Parameter(
      name: full, shape: shape, offset: isFreezing ? frozenCount : count, decays: decays,
      weightDecay: weightDecay, learningRate: learningRate, isFrozen: isFreezing,
      isTransposedInFiles: isTransposedInFiles,
      initialization: initialization)
    if isFreezing { frozenCount += shape.count } else { count += shape.count }
    parameters.append(parameter)
    return parameter
  }

  /// Builds layers whose parameters go to the frozen block if `isFrozen`, or if those around them do.
  public mutating func freezing<Layer>(
    _ isFrozen: Bool, _ build: (inout ParameterBuilder) -> Layer
  ) -> Layer {
    let outer = isFreezing
    isFreezing = outer || isFrozen
    defer { isFreezing = outer }
    return build(&self)
  }

  /// Builds layers whose parameters all learn or decay at a rate of their own; nil: as those around them.
  public mutating func training<Layer>(
    learningRate rate: Double? = nil, weightDecay decay: Double? = nil,
    _ build: (inout ParameterBuilder) -> Layer
  ) -> Layer {
    let outer = (weightDecay, learningRate)
    (weightDecay, learningRate) = (decay ?? weightDecay, rate ?? learningRate)
    defer { (weightDecay, learningRate) = outer }
    return build(&self)
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

/// All parameters of a model: a block of trained values, a block of frozen ones, and names for their
/// slices.
public struct ParameterStore: Sendable {
  /// `[P]`, the trained slices one after the other in order of registration.
  public var values: Tensor
  /// The frozen slices one after the other; empty in most models.
  public private(set) var frozen: Tensor
  public private(set) var parameters: [Parameter]
  /// Those of them that `append` added behind a model's own.
  public private(set) var appended: [Parameter] = []

  /// Starts every parameter from its own random stream, so that one parameter's start does not depend
  /// on which others there are.
  public init(_ builder: ParameterBuilder, seed: UInt64) {
    self.init(zeros: builder)
    for parameter in builder.parameters { start(parameter, seed: seed) }
  }

  /// All zeros: for parameters that are about to be read from files.
  public init(zeros builder: ParameterBuilder) {
    parameters = builder.parameters
    values = .zeros([builder.count])
    frozen = .zeros([builder.frozenCount])
  }

  /// Gives one parameter its random start.
  public mutating func start(_ parameter: Parameter, seed: UInt64) {
    var stream = CounterRandom(seed: seed, stream: parameter.name)
    write(parameter) { span in
      switch parameter.initialization {
      case .zeros: for i in parameter.range { span[i] = 0 }
      case .ones: for i in parameter.range { span[i] = 1 }
      case .constant(let value): for i in parameter.range { span[i] = value }
      case .normal(let deviation):
        for i in parameter.range { span[i] = Float(stream.normal()) * deviation }
      case .uniform(let fanIn):
        let bound = 1 / Float(max(1, fanIn)).squareRoot()
        for i in parameter.range { span[i] = (2 * Float(stream.uniform()) - 1) * bound }
      }
    }
  }

  /// Adds trained parameters that are no part of the model, behind all others; those without a learning rate have the
  /// optimizer's.
  public mutating func append(
    _ extra: [(name: String, start: Tensor, learningRate: Double?)]
  ) {
    for (name, start, learningRate) in extra {
      let parameter = Parameter(
        name: name, shape: start.shape, offset: values.count, decays: false, weightDecay: nil,
        learningRate: learningRate, isFrozen: false, isTransposedInFiles: false,
        initialization: .zeros)
      values = Tensor(values.array + start.array)
      parameters.append(parameter)
      appended.append(parameter)
    }
  }

  /// The parameters of the model alone, without what was appended.
  public var own: ParameterStore {
    guard let first = appended.first else { return self }
    var store = self
    store.values = Tensor(storage: values.storage, offset: values.offset, shape: [first.offset])
    store.parameters.removeAll(where: appended.contains)
    store.appended = []
    return store
  }

  /// Stops sharing the trained block with copies of this store, so that updates can work in place.
  public mutating func makeUnique() {
    values.withMutableSpan { _ in }
  }

  /// Number of trained elements P.
  public var count: Int { values.count }

  /// The parameters an optimizer updates, in the order of their block.
  public var trained: [Parameter] { parameters.filter { !$0.isFrozen } }

  /// The current value of one parameter; shares memory until either is written.
  public func value(_ parameter: Parameter) -> Tensor {
    let block = parameter.isFrozen ? frozen : values
    return Tensor(
      storage: block.storage, offset: block.offset + parameter.offset, shape: parameter.shape)
  }

  /// The current value as files keep it: transposed where the parameter says so.
  public func fileValue(_ parameter: Parameter) -> Tensor {
    let tensor = value(parameter)
    return parameter.isTransposedInFiles ? ParameterStore.transposed(tensor) : tensor
  }

  /// Overwrites one parameter. Traps if the shapes differ.
  public mutating func set(_ parameter: Parameter, to tensor: Tensor) {
    precondition(
      tensor.shape == parameter.shape,
      "parameter \(parameter.name): expected \(parameter.shape), found \(tensor.shape)")
    write(parameter) { span in
      tensor.withSpan { source in
        for i in 0..<source.count { span[parameter.offset + i] = source[i] }
      }
    }
  }

  /// Overwrites one parameter with what a file holds. Traps unless it has the file's shape.
  public mutating func set(_ parameter: Parameter, toFileValue tensor: Tensor) {
    set(parameter, to: parameter.isTransposedInFiles ? ParameterStore.transposed(tensor) : tensor)
  }

  /// The trained parameter that element `index` of the flat block belongs to.
  public func parameter(at index: Int) -> Parameter? {
    parameters.first { !$0.isFrozen && $0.range.contains(index) }
  }

  private static func transposed(_ tensor: Tensor) -> Tensor {
    Variable(constant: tensor).transposed().value
  }

  private mutating func write(_ parameter: Parameter, _ body: (inout MutableSpan<Float>) -> Void) {
    if parameter.isFrozen {
      frozen.withMutableSpan(body)
    } else {
      values.withMutableSpan(body)
    }
  }
}

/// Parameters as variables of one forward pass.
public struct Weights {
  private let store: ParameterStore
  /// The tape they are on; nil: all are constants.
  package let tape: Tape?
  /// Where in the block of gradients those of a parameter's second use begin; nil: where those of the first do.
  private let secondUse: Int?

  /// With a tape, gradients flow to the trained parameters; without one all are constants.
  ///
  /// - Parameter secondUse: where `self[again:]` sends gradients, behind those of all parameters.
  public init(_ store: ParameterStore, on tape: Tape? = nil, secondUse: Int? = nil) {
    (self.store, self.tape, self.secondUse) = (store, tape, secondUse)
  }

  /// The same parameters on another tape.
  public func on(_ tape: Tape?) -> Weights { Weights(store, on: tape, secondUse: secondUse) }

  public subscript(parameter: Parameter) -> Variable {
    variable(store.value(parameter), of: parameter)
  }

  /// A parameter where a pass uses it for the second time, as tied embeddings do: the sum of its gradients over a
  /// batch does not depend on where the batch is cut if those of either use are added up apart.
  public subscript(again parameter: Parameter) -> Variable {
    guard let secondUse, let tape, !parameter.isFrozen else { return self[parameter] }
    return tape.parameter(store.value(parameter), offset: secondUse)
  }

  /// Parameters registered one after the other as one: matrices of equal width stacked by rows, vectors
  /// joined. Traps if they do not lie side by side in one block.
  public func stacked(_ parameters: [Parameter]) -> Variable {
    let first = parameters[0]
    if parameters.count == 1 { return self[first] }
    var (end, rows) = (first.offset, 0)
    for parameter in parameters {
      precondition(
        parameter.offset == end && parameter.isFrozen == first.isFrozen
          && parameter.shape.array.dropFirst() == first.shape.array.dropFirst(),
        "stacked parameters: \(parameter.name) does not continue \(first.name)")
      end += parameter.shape.count
      rows += parameter.shape[0]
    }
    let whole = store.value(first)
    let joined = Tensor(
      storage: whole.storage, offset: whole.offset,
      shape: Shape([rows] + first.shape.array.dropFirst()))
    return variable(joined, of: first)
  }

  private func variable(_ value: Tensor, of parameter: Parameter) -> Variable {
    guard let tape, !parameter.isFrozen else { return Variable(constant: value) }
    return tape.parameter(value, offset: parameter.offset)
  }
}
