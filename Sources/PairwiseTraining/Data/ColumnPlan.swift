internal import PairwiseData
internal import PairwiseModels
internal import PairwiseObjectives

/// The columns of a data file that an objective reads, whether they are there or not.
public struct ColumnDemand: Sendable {
  /// Columns without a meaning of their own that it can use.
  var numbers: Set<PairColumn> = []
  /// Those of them without which it cannot be computed, and who says so.
  var required: [PairColumn: String] = [:]
  /// Columns of texts that it can use.
  var texts: Set<PairColumn> = []
  /// Whether single completions that nobody judged will do.
  var takesDemonstrations = false

  /// What imports read of themselves: everything that objectives customarily ask for.
  public static let customary = ColumnDemand(
    numbers: PairColumn.customary, texts: PairColumn.customaryTexts)

  init(numbers: Set<PairColumn>, texts: Set<PairColumn>) {
    (self.numbers, self.texts) = (numbers, texts)
  }

  /// - Parameter computed: columns that the run computes itself.
  init(_ objective: any Objective, _ plan: SequencePlan, computed: Set<PairColumn> = []) {
    let user = "objective \(type(of: objective).name)"
    takesDemonstrations = (try? ModelUse(objective)) == .logps(chosenOnly: true)
    let found = plan.texts(for: objective)
    texts = found.all
    for column in found.required { required[column] = user }
    // Candidates of a slate may be features.
    numbers.formUnion(plan.slate == nil ? [] : PairColumn.furtherRejected)
    for spec in objective.inputs where plan.canBeColumn(spec) {
      if spec.name == .ratings {
        numbers.formUnion(PairColumn.ratings)
        for column in PairColumn.ratings { required[column] = user }
        continue
      }
      let column = PairColumn(spec.name.text)
      if PairColumn.builtIn.contains(column) || computed.contains(column) { continue }
      numbers.insert(column)
      // Pairs have it for each of their sides.
      if column.rawValue == InputName.refLogps.text {
        numbers.formUnion([.refChosenLogps, .refRejectedLogps])
      }
      if spec.source == .data && !spec.isOptional {
        required[column] = user
      }
    }
  }
}

extension PairColumn {
  /// Ratings of both completions, K numbers each.
  static let ratings: [PairColumn] = ["chosen_ratings", "rejected_ratings"]
}

extension InputName {
  /// Columns of a data file that hold the input.
  var columns: [PairColumn] { self == .ratings ? PairColumn.ratings : [PairColumn(text)] }
}

extension ValueRule {
  /// Whether a column may hold the value: a number, or nothing where the rule says so.
  fileprivate func allowsInData(_ value: Float) -> Bool {
    value.isFinite ? allows(value) : value.isNaN && allows(value)
  }
}

extension SequencePlan {
  /// Whether a data file may provide an input.
  fileprivate func canBeColumn(_ spec: InputSpec) -> Bool {
    switch spec.source {
    // Slates lie in their order.
    case .data: spec.name != .ranking
    case .reference: referenceInputs.contains(spec.name)
    case .model, .counted, .state, .noise, .network, .activation, .learned: false
    }
  }
}

/// Which columns the objective gets, checked against what the data has.
struct ColumnPlan {
  let wanted: Set<PairColumn>
  /// Those that it reads as matrices, be they one number wide.
  let matrices: Set<PairColumn>
  /// Whether log-probs of a reference are read that the data does not have.
  let needsReference: Bool
  /// Whether the objective takes either order, and so ties as pairs like others.
  let readsOutcome: Bool
  /// Whether ties are pairs like others to it.
  private let takesTies: Bool
  /// Whether it takes soft labels, of which a tie may be one.
  private let takesSoftLabels: Bool
  /// Whether the data may hold soft labels that the objective cannot use: ties alone look like them.
  private let needsHardLabels: Bool
  /// Candidates of each row where it is a slate some of which tie; nil: none do.
  private let tiedSlate: Int?
  private let ties: TiePolicy
  private let isSlate: Bool
  private let specs: [PairColumn: InputSpec]
  private let objective: String
  private let path: String

  init(
    _ objective: any Objective, _ plan: SequencePlan, _ source: any PairSource, ties: TiePolicy,
    _ path: String
  ) throws {
    let name = type(of: objective).name
    (self.ties, self.objective, self.path) = (ties, name, path)
    var specs: [PairColumn: InputSpec] = [:]
    // Those that take either order know what to make of a tie.
    readsOutcome = objective.inputs.contains { $0.name == .aScores || $0.name == .aJointScores }
    takesTies =
      readsOutcome
      && objective.inputs.allSatisfy { $0.name != .label || $0.values.allows(0) }
    // No file has the log-probs of completions under prompts that are not theirs.
    var needsReference =
      plan.isMismatched
      || objective.inputs.contains { $0.source == .reference && plan.stacks[$0.name] != nil }
    for spec in objective.inputs where plan.canBeColumn(spec) {
      let column = PairColumn(spec.name.text)
      // Soft labels are decided on below; who won is told by ties.
      if column == .labelProbability || (column == .label && readsOutcome) { continue }
      if spec.name == .ratings {
        for column in PairColumn.ratings {
          guard source.columns.contains(column) else {
            throw RunError.unsuitable(
              "\(path): objective \(name) needs the column \(column.rawValue), the data has none")
          }
          specs[column] = spec
        }
        continue
      }
      if source.columns.contains(column) {
        specs[column] = spec
      } else if spec.source == .reference {
        needsReference = true
      } else if !spec.isOptional {
        throw RunError.unsuitable(
          "\(path): objective \(name) needs the column \(column.rawValue), the data has none")
      }
    }
    let softLabels = objective.inputs.first { $0.name == .labelProbability }
    if let softLabels,
      ties == .half || !softLabels.isOptional || source.columns.contains(.labelProbability)
    {
      specs[.labelProbability] = softLabels
    }
    takesSoftLabels = softLabels != nil
    isSlate = plan.slate != nil
    needsHardLabels = softLabels == nil && source.columns.contains(.labelProbability)
    self.specs = specs
    tiedSlate = source.columns.contains(.tieLevel) ? plan.slate : nil
    if plan.slate == nil && ties == .breakRandom {
      throw RunError.unsuitable(
        "data.ties: break_random is for ranked candidates, objective \(name) compares two sides")
    }
    wanted = Set(specs.keys).union(tiedSlate != nil && ties == .breakRandom ? [.tieLevel] : [])
    matrices = Set(specs.filter { $0.value.shape.count == 2 }.keys)
    self.needsReference = needsReference
    if softLabels == nil && ties == .half { throw noSoftLabels() }
    try checkWidths(of: source, plan)
  }

  private func noSoftLabels(_ place: String = "") -> RunError {
    .unsuitable(
      "\(path): \(place)soft labels (label_prob or ties: half) need an objective that takes them; "
        + "\(objective) does not with these parameters")
  }

  /// A column must have as many numbers a pair as the objective reads, and columns that share an extent as
  /// many as each other.
  private func checkWidths(of source: any PairSource, _ plan: SequencePlan) throws {
    var bound: [String: (width: Int, by: String)] = [:]
    if let rejected = plan.stacks[.policyRejectedLogps] {
      bound["R"] = (rejected.count, "the rejected completions")
    }
    if let samples = plan.stacks[.policyLogps] { bound["N"] = (samples.count, "completions") }
    for (column, spec) in specs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let width = source.width(of: column)
      func refuse(_ expected: Int, _ why: String = "") throws -> Never {
        throw RunError.unsuitable(
          "\(path): column \(column.rawValue) has \(width) numbers a pair, objective \(objective) "
            + "takes \(expected)\(why)")
      }
      switch spec.shape.dropFirst().first {
      case nil: if width != 1 { try refuse(1) }
      case .fixed(let expected): if width != expected { try refuse(expected) }
      case .symbol(let symbol):
        if let other = bound[symbol], other.width != width {
          try refuse(other.width, " as in \(other.by)")
        }
        bound[symbol] = (width, column.rawValue)
      }
    }
  }

  /// Reads the columns of all rows once, in blocks: a value that the objective does not take stops the run
  /// before it starts.
  func check(_ rows: RowSet, of source: any PairSource) throws {
    if needsHardLabels { try checkLabels(rows, of: source) }
    // Columns that are still to be computed are no part of the source itself.
    let own = wanted.subtracting(PairColumn.builtIn).intersection(source.columns)
    guard !own.isEmpty else { return }
    let widest = own.map { source.width(of: $0) }.max() ?? 1
    let size = max(1, 65_536 / widest)
    var start = 0
    while start < rows.count {
      let block = (start..<min(rows.count, start + size)).map { rows[$0] }
      let read = try source.read(block, PairNeeds(columns: own))
      for column in own.sorted(by: { $0.rawValue < $1.rawValue }) {
        guard let spec = specs[column], let values = read.columns[column] else { continue }
        let width = values.count / block.count
        guard let bad = values.firstIndex(where: { !spec.values.allows($0) })
        else { continue }
        let found = values[bad].isNaN ? "none" : "\(values[bad])"
        throw RunError.unsuitable(
          "\(path): row \(block[bad / width]): \(column.rawValue): objective \(objective) needs "
            + "\(spec.values.words), found \(found)")
      }
      start += block.count
    }
  }

  private func checkLabels(_ rows: RowSet, of source: any PairSource) throws {
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + 65_536)
      let block = try source.read(
        (start..<end).map { rows[$0] }, PairNeeds(columns: [.labelProbability]))
      let tied = Set(block.ties)
      for (index, probability) in (block.columns[.labelProbability] ?? []).enumerated()
      where probability != 1 && !tied.contains(index) {
        throw noSoftLabels("row \(block.rows[index]): ")
      }
      start = end
    }
  }

  /// Which of some rows are ties.
  private func ties(_ rows: [Int], of source: any PairSource) throws(DataError) -> [Int] {
    guard let tiedSlate else { return try source.read(rows, PairNeeds()).ties }
    let block = try source.read(
      rows, PairNeeds(columns: PairBlock.slateColumns(of: source)))
    let orders = block.slateOrders(of: tiedSlate)
    return orders.indices.filter { orders[$0].hasTies }
  }

  /// The rows that are trained on under the tie policy. Reads labels only, in blocks.
  func withoutTies(_ rows: RowSet, of source: any PairSource) throws -> RowSet {
    if ties == .half || ties == .breakRandom || takesTies { return rows }
    if isSlate && tiedSlate == nil { return rows }
    var kept: [Int32] = []
    var found = 0
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + 65_536)
      let block = (start..<end).map { rows[$0] }
      let tied = try ties(block, of: source)
      if let first = tied.first, ties == .error {
        throw RunError.unsuitable(
          "\(path): row \(block[first]) "
            + (isSlate
              ? "has candidates that tie; set data.ties to break_random"
              : "is a tie; set data.ties to" + (takesSoftLabels ? " half" : ""))
            + (takesSoftLabels || isSlate ? " or drop" : " drop") + " to use the data")
      }
      if !tied.isEmpty || found > 0 {
        if found == 0 { kept = (0..<start).map { Int32(rows[$0]) } }
        let out = Set(tied)
        for index in block.indices where !out.contains(index) { kept.append(Int32(block[index])) }
        found += tied.count
      }
      start = end
    }
    return found == 0 ? rows : .list(kept)
  }

  /// The rows that no column excludes, and how many others there are, by the reason. Reads those columns only.
  func withoutLeftOut(_ rows: RowSet, of source: any PairSource) throws
    -> (rows: RowSet, dropped: [(name: String, value: Int)])
  {
    let excluding = specs.filter { $0.value.leavesOut != nil && source.columns.contains($0.key) }
    var (kept, dropped) = (rows, [(name: String, value: Int)]())
    for (column, spec) in excluding.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let before = kept.count
      var remaining: [Int32] = []
      for start in stride(from: 0, to: before, by: 65_536) {
        let block = (start..<min(before, start + 65_536)).map { kept[$0] }
        let values = try source.read(block, PairNeeds(columns: [column])).columns[column] ?? []
        remaining += zip(block, values).filter { $1 != spec.leavesOut }.map { Int32($0.0) }
      }
      guard remaining.count < before, let value = spec.leavesOut else { continue }
      kept = .list(remaining)
      let words = Int(exactly: value).map { "\($0)" } ?? "\(value)"
      dropped.append(("dropped: \(column.rawValue) \(words)", before - remaining.count))
    }
    return (kept, dropped)
  }
}
