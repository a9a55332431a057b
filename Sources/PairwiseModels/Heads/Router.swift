internal import PairwiseAutodiff
internal import PairwiseConfig
public import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor

/// What decides how much each part of a mixture counts for a pair.
public enum RouterKind: Sendable, Equatable {
  /// The same weights for all pairs.
  case `static`
  /// Weights for each name of a column: an annotator, a group.
  case names(PairColumn)
  /// A function of the prompt.
  case prompt
  /// A function of a column of numbers.
  case numbers(PairColumn)
  /// How well each part explains other pairs of the same annotator.
  case inferred

  init(_ text: String) {
    switch text {
    case "static": self = .static
    case "annotator", "group": self = .names(PairColumn(text))
    case "prompt": self = .prompt
    case "inferred": self = .inferred
    default: self = .numbers(PairColumn(text))
    }
  }

  var text: String {
    switch self {
    case .static: "static"
    case .names(let column), .numbers(let column): column.rawValue
    case .prompt: "prompt"
    case .inferred: "inferred"
    }
  }

  static let doc =
    "static, annotator, group, prompt, inferred (from pairs the same annotator judged), or a column of numbers"
}

/// Logits `[n, K]` over the parts of a mixture.
struct Router: Sendable {
  private enum Layers: Sendable {
    /// `[names or 1, K]`
    case table(Parameter)
    case dense([Linear])
  }

  private let kind: RouterKind
  private let newUser: NewUser
  private let layers: Layers

  /// - Parameters:
  ///   - outputs: K.
  ///   - hidden: width of a hidden layer between numbers or prompt and the logits; 0 for none.
  ///   - newUser: what names are that it does not know.
  init(
    _ kind: RouterKind, outputs: Int, hidden: Int, newUser: NewUser, _ data: DataFacts,
    _ builder: inout ParameterBuilder
  ) {
    (self.kind, self.newUser) = (kind, newUser)
    func dense(_ inputs: Int) -> Layers {
      let widths = [inputs] + (hidden > 0 ? [hidden] : []) + [outputs]
      return .dense(
        (0..<widths.count - 1).map { index in
          builder.scoped("\(2 * index)") { scope in
            Linear(in: widths[index], out: widths[index + 1], &scope)
          }
        })
    }
    switch kind {
    case .static, .inferred:
      layers = .table(builder.add("weight", [1, outputs], .zeros, decays: false))
    case .names(let column):
      // A small random start: where all heads were alike for everybody they would stay alike.
      layers = .table(
        builder.add(
          "weight", [max(1, data.names[column, default: []].count), outputs],
          .normal(standardDeviation: 0.1)))
    case .numbers(let column): layers = dense(data.widths[column] ?? 1)
    case .prompt: layers = hidden > 0 ? dense(hidden) : .dense([])
    }
  }

  /// What the layers below are to make of a prompt.
  static func promptWidth(_ kind: RouterKind, outputs: Int, hidden: Int) -> Int {
    kind == .prompt ? (hidden > 0 ? hidden : outputs) : 0
  }

  func logits(_ x: HeadInput, _ weights: Weights) -> Variable {
    switch (kind, layers) {
    case (.names(let column), .table(let table)):
      return IdTable.rows(table, x.conditions.ids[column] ?? [], newUser, weights)
    case (_, .table(let table)):
      let prior = weights[table].rows([Int32](repeating: 0, count: x.pairs))
      return kind == .inferred ? prior + evidence(x, outputs: table.shape[1]) : prior
    case (.prompt, .dense(let dense)):
      guard let prompts = x.prompts else { preconditionFailure("router: prompts were not read") }
      if dense.isEmpty { return prompts }
      return Router.apply(Array(dense.dropFirst()), dense[0](prompts.relu(), weights), weights)
    case (.numbers(let column), .dense(let dense)):
      guard let numbers = x.conditions.numbers[column] else {
        preconditionFailure("router: column \(column.rawValue) was not read")
      }
      return Router.apply(
        Array(dense.dropFirst()), dense[0](Variable(constant: numbers), weights), weights)
    default: preconditionFailure("router: layers of another kind")
    }
  }

  /// Log-likelihood of the labelled pairs of each annotator under every part, `[n, K]`. With the prior's
  /// logits that makes the posterior over parts, as if every annotator were of one of K kinds.
  private func evidence(_ x: HeadInput, outputs: Int) -> Variable {
    guard let rows = x.context, let offsets = x.conditions.context?.offsets else {
      return Variable(constant: .zeros([x.pairs, outputs]))
    }
    let margins = rows.strided(from: 0, by: 2) - rows.strided(from: 1, by: 2)
    let owners = (0..<x.pairs).flatMap { pair in
      [Int32](repeating: Int32(pair), count: Int(offsets[pair + 1] - offsets[pair]))
    }
    return margins.logSigmoid().scatteredRows(owners, count: x.pairs)
  }

  private static func apply(_ layers: [Linear], _ x: Variable, _ weights: Weights) -> Variable {
    layers.reduce(x) { $1($0.relu(), weights) }
  }
}

/// Rows of a table that has one for each name that the model knows.
enum IdTable {
  /// `[n, K]`; for a new name the mean over all rows, or 0 where all parts count the same.
  static func rows(
    _ table: Parameter, _ ids: [Int32], _ newUser: NewUser, _ weights: Weights
  ) -> Variable {
    let all = weights[table]
    let known = all.rows(ids.map { max(0, $0) })
    if ids.allSatisfy({ $0 >= 0 }) { return known }
    let (count, width) = (table.shape[0], table.shape[1])
    let isKnown = Variable(constant: Tensor([ids.count, 1], ids.map { $0 >= 0 ? 1 : 0 }))
    guard newUser == .mean else { return known * isKnown }
    let values = all.value.array
    let mean = (0..<width).map { column in
      Float((0..<count).reduce(0.0) { $0 + Double(values[$1 * width + column]) } / Double(count))
    }
    let fill = Tensor(
      [ids.count, width], ids.flatMap { $0 >= 0 ? [Float](repeating: 0, count: width) : mean })
    return known * isKnown + Variable(constant: fill)
  }
}
