internal import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// `head: {kind: context}`: a reward that depends on an explicit criterion c: r(x, y, c) = r₀ + cᵀWφ.
///
/// A criterion is a name (a group, an annotator), which makes a head of its own for each, or a column of
/// numbers.
///
/// - Source: Pitis et al. 2024, "Improving Context-Aware Preference Modeling" (arXiv 2407.14916); the bilinear
///   form is a choice of ours.
public struct ContextHeadOptions: HeadOptions {
  public static let kind = "context"
  public static let summary = "a reward that depends on an explicit criterion"

  /// What holds the criterion: group, annotator, or a column of numbers.
  public var by: PairColumn
  /// Whether a reward that all criteria share is added.
  public var shared: Bool
  /// What a new name is; the mean of all criteria and all alike are the same here.
  public var newUser: NewUser

  public init(by: PairColumn = .group, shared: Bool = true, newUser: NewUser = .error) {
    (self.by, self.shared, self.newUser) = (by, shared, newUser)
  }

  public init(from reader: inout SectionReader) {
    by = PairColumn(
      reader.value(
        "by", default: "group", "The criterion: group, annotator, or a column of numbers."))
    shared = reader.value(
      "shared", default: true, "Whether a reward that all criteria share is added.")
    newUser = NewUser(from: &reader)
  }

  public static var former: [ConfigNode.Entry] { [NewUser.former] }
  private var isNamed: Bool { by == .group || by == .annotator }

  public var needs: HeadNeeds {
    var needs = HeadNeeds()
    if isNamed { (needs.names, needs.newUser) = ([by], newUser) } else { needs.numbers = [by] }
    return needs
  }

  private func criteria(_ data: DataFacts) -> Int {
    isNamed ? max(1, data.names[by, default: []].count) : data.widths[by] ?? 1
  }

  public func width(_ data: DataFacts) -> Int { criteria(data) + (shared ? 1 : 0) }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    ContextHead(by: by, criteria: criteria(data), shared: shared)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "by", value: by.rawValue.configNode),
      .init(key: "shared", value: shared.configNode), newUser.entry,
    ]
  }
}

struct ContextHead: RewardHead {
  let by: PairColumn
  let criteria: Int
  let shared: Bool

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    let perRow = criterion(x).rows((0..<2 * x.pairs).map { Int32($0 / 2) })
    return RewardOutput(scores: (x.rows * perRow).sumRows())
  }

  /// `[n, W]`: the criterion of each pair, 1 in front where a reward is shared. A new name counts as the
  /// mean of all.
  private func criterion(_ x: HeadInput) -> Variable {
    let front: [Float] = shared ? [1] : []
    var values: [Float] = []
    if let numbers = x.conditions.numbers[by]?.array {
      for pair in 0..<x.pairs {
        values += front + numbers[pair * criteria..<(pair + 1) * criteria]
      }
    } else {
      for id in x.conditions.ids[by] ?? [] {
        values += front
        values += (0..<criteria).map { place in
          id < 0 ? 1 / Float(criteria) : place == Int(id) ? 1 : 0
        }
      }
    }
    return Variable(constant: Tensor([x.pairs, criteria + front.count], values))
  }
}
