public import PairwiseAutodiff

/// The name of something an objective reads: a score, a log-prob, a column. The names are those of the
/// objective files (`objective evaluate`); an objective may introduce new ones.
public struct InputName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text }
  public init(stringLiteral text: String) { self.text = text }
  public var description: String { text }

  /// Reward of the chosen completion, `[B]`.
  public static let chosenScores: InputName = "chosen_scores"
  /// Reward of the rejected completion, `[B]`.
  public static let rejectedScores: InputName = "rejected_scores"
  /// Margin from the data, `[B]`.
  public static let margin: InputName = "margin"
  /// Sample weight ≥ 0, `[B]`. Enters the loss, never `losses` or metrics.
  public static let weight: InputName = "weight"
  /// P(chosen ≻ rejected) in 0…1, `[B]`.
  public static let labelProbability: InputName = "label_prob"
}

/// Which values an input may hold.
public enum ValueRule: Sendable, Equatable {
  case any
  case atLeast(Float)
  case closed(Float, Float)

  func allows(_ value: Float) -> Bool {
    switch self {
    case .any: true
    case .atLeast(let bound): value >= bound
    case .closed(let low, let high): value >= low && value <= high
    }
  }

  var words: String {
    switch self {
    case .any: "any finite number"
    case .atLeast(let bound): "a number >= \(bound)"
    case .closed(let low, let high): "a number in \(low) ... \(high)"
    }
  }
}

/// One input as an objective declares it: enough to check it, to give it a gradient and to provide it.
public struct InputSpec: Sendable, Equatable {
  /// An extent: a symbol shared between inputs (`B` pairs, `T` tokens, `K` heads), or a fixed number.
  public enum Extent: Sendable, Equatable {
    case symbol(String)
    case fixed(Int)
  }

  public var name: InputName
  public var shape: [Extent]
  public var isDifferentiable: Bool
  public var isOptional: Bool
  public var values: ValueRule

  public init(
    _ name: InputName, shape: [Extent], isDifferentiable: Bool, isOptional: Bool,
    values: ValueRule = .any
  ) {
    self.name = name
    self.shape = shape
    self.isDifferentiable = isDifferentiable
    self.isOptional = isOptional
    self.values = values
  }

  /// What a model computes, `[B]`: gradients flow into it.
  public static func computed(_ name: InputName) -> InputSpec {
    InputSpec(name, shape: [.symbol("B")], isDifferentiable: true, isOptional: false)
  }

  /// A column of the data, `[B]`: a constant.
  public static func column(_ name: InputName, optional: Bool = false, _ values: ValueRule = .any)
    -> InputSpec
  {
    InputSpec(
      name, shape: [.symbol("B")], isDifferentiable: false, isOptional: optional, values: values)
  }

  /// The sample weight that every pairwise objective takes.
  public static let sampleWeight = InputSpec.column(.weight, optional: true, .atLeast(0))
}

/// What an objective computes with: named variables of one microbatch.
public struct ObjectiveInputs {
  private var entries: [(name: InputName, variable: Variable)] = []

  public init() {}

  public init(_ variables: [InputName: Variable]) {
    entries = variables.map { ($0.key, $0.value) }
  }

  /// The input of that name. Traps if it was not provided: providers check `Objective.inputs` first.
  public subscript(name: InputName) -> Variable {
    get {
      guard let variable = optional(name) else {
        preconditionFailure("objective input \(name) was not provided")
      }
      return variable
    }
    set {
      if let index = entries.firstIndex(where: { $0.name == name }) {
        entries[index].variable = newValue
      } else {
        entries.append((name, newValue))
      }
    }
  }

  /// The input of that name, or nil if it was left out.
  public func optional(_ name: InputName) -> Variable? {
    entries.first { $0.name == name }?.variable
  }

  public var chosenScores: Variable { self[.chosenScores] }
  public var rejectedScores: Variable { self[.rejectedScores] }
  /// Chosen minus rejected score, `[B]`.
  public var scoreMargin: Variable { chosenScores - rejectedScores }
}
