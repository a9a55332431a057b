internal import Glibc
internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// `head: {kind: ideal_point}`: everybody has a point among K prototypes, and likes what is near it.
///
/// w_u = softmax(v_u / T) and a_u = Σ_k w_uk p_k in the space of f(x), the D numbers that the layers below
/// make of a completion. Reward: −‖f(x) − a_u‖ (distance), s·cos(f(x), a_u) (cosine), or Σ_k w_uk f_k(x)
/// (linear: rewards in the hull of K).
///
/// Prototypes lie in the space of f(x) ("Pw" in the released code), so that any layers below will do.
///
/// - Source: Chen, D. et al. 2024, "PAL" (arXiv 2406.08469).
public struct IdealPointHeadOptions: HeadOptions {
  public static let kind = "ideal_point"
  public static let summary = "everybody has a point among K prototypes, and likes what is near it"

  public enum Form: String, Sendable, CaseIterable {
    case distance, cosine, linear
  }

  public var form: Form
  /// K ≥ 1.
  public var prototypes: Int
  /// D of distance and cosine.
  public var dimension: Int
  /// T > 0.
  public var temperature: Float
  /// Whether everybody is of one prototype alone, once training is over.
  public var partition: Bool
  public var newUser: NewUser
  /// How v learns.
  public var users: TableTraining

  public init(
    form: Form = .distance, prototypes: Int = 2, dimension: Int = 16, temperature: Float = 1,
    partition: Bool = false, newUser: NewUser = .error, users: TableTraining = .init()
  ) {
    (self.form, self.prototypes) = (form, prototypes)
    (self.dimension, self.temperature) = (dimension, temperature)
    (self.partition, self.newUser, self.users) = (partition, newUser, users)
  }

  public init(from reader: inout SectionReader) {
    form = reader.choice("form", default: .distance, "How near becomes a reward.")
    prototypes = reader.value("prototypes", default: 2, .closed(1...1024), "K, points to mix.")
    dimension = reader.value(
      "dimension", default: 16, .closed(1...4096), "Numbers of a point, of distance and cosine.")
    temperature = reader.value(
      "temperature", default: 1, .greater(than: 0), "Divides a user's weights before the softmax.")
    partition = reader.value(
      "partition", default: false,
      "Whether everybody counts as of their largest prototype alone, once training is over.")
    newUser = NewUser(from: &reader)
    users = TableTraining(from: &reader, "user", "users' weights")
  }

  public static var former: [ConfigNode.Entry] { [NewUser.former] }
  public var needs: HeadNeeds { HeadNeeds(names: [.annotator], newUser: newUser) }
  public func remark(on data: DataFacts) -> String? {
    let users = data.names[.annotator, default: []].count
    return prototypes > users
      ? "model.head.prototypes: \(prototypes) for \(users) annotators, some will be of no use" : nil
  }

  public var spread: Float? { 0.05 }
  public func width(_ data: DataFacts) -> Int { form == .linear ? prototypes : dimension }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    let users = max(1, data.names[.annotator, default: []].count)
    return IdealPointHead(
      options: self,
      users: self.users.building(&builder) {
        $0.add("users", [users, prototypes], .normal(standardDeviation: 1))
      },
      // About unit length each.
      points: form == .linear
        ? nil
        : builder.add(
          "prototypes", [dimension, prototypes],
          .normal(standardDeviation: 1 / Float(dimension).squareRoot())),
      scale: form == .cosine
        ? builder.add("logit_scale", [1, 1], .constant(Float(log(1 / 0.07))), decays: false) : nil)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "form", value: form.rawValue.configNode),
      .init(key: "prototypes", value: prototypes.configNode),
      .init(key: "dimension", value: dimension.configNode),
      .init(key: "temperature", value: temperature.configNode),
      .init(key: "partition", value: partition.configNode), newUser.entry,
    ] + users.configuration("user")
  }
}

struct IdealPointHead: RewardHead {
  let options: IdealPointHeadOptions
  /// v, `[U, K]`
  let users: Parameter
  /// The prototypes as columns, `[D, K]`.
  let points: Parameter?
  /// log s, `[1, 1]`
  let scale: Parameter?

  /// w of rows of v, `[n, K]`.
  private func shares(_ v: Variable, isTraining: Bool) -> Variable {
    let w = (v / options.temperature).softmax()
    guard options.partition, !isTraining else { return w }
    // All on the largest, with the gradient of w: newcomers are fitted to that.
    let width = w.shape[1]
    var whole = [Float](repeating: 0, count: w.shape.count)
    let values = v.value.array
    for row in 0..<w.shape[0] {
      let own = values[row * width..<(row + 1) * width]
      if let largest = own.indices.max(by: { own[$0] < own[$1] || own[$0] == own[$1] && $0 > $1 }) {
        whole[largest] = 1
      }
    }
    return Variable(constant: Tensor(w.shape, whole)) + (w - w.detached())
  }

  /// `users/entropy`, the mean over users of −Σ_k w_k log w_k; `prototypes/unused`, how many are no user's largest;
  /// `prototypes/distance/i/j` in the space of f(x).
  func figures(_ store: ParameterStore) -> [(name: String, value: Double)] {
    let (count, width) = (users.shape[0], options.prototypes)
    let v = store.value(users).array
    var (entropy, used) = (0.0, Set<Int>())
    for user in 0..<count {
      let own = v[user * width..<(user + 1) * width].map { Double($0 / options.temperature) }
      let top = own.max() ?? 0
      let sum = own.reduce(0) { $0 + exp($1 - top) }
      entropy += own.reduce(log(sum)) { $0 - exp($1 - top) / sum * ($1 - top) }
      if let largest = own.firstIndex(of: top) { used.insert(largest) }
    }
    return [
      ("users/entropy", entropy / Double(count)),
      ("prototypes/unused", Double(width - used.count)),
    ] + distances(store)
  }

  private func distances(_ store: ParameterStore) -> [(name: String, value: Double)] {
    guard let points else { return [] }
    let (p, width) = (store.value(points).array, options.prototypes)
    return (0..<width).flatMap { second in
      (0..<second).map { first in
        let square = (0..<points.shape[0]).reduce(0.0) { sum, row in
          let gap = Double(p[row * width + first]) - Double(p[row * width + second])
          return sum + gap * gap
        }
        return ("prototypes/distance/\(first)/\(second)", square.squareRoot())
      }
    }
  }

  /// Norms are taken of at least this.
  private static let least: Float = 1e-12

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    let v = IdTable.rows(users, x.conditions.ids[.annotator] ?? [], options.newUser, weights)
    let w = shares(v, isTraining: x.dropout != nil)
    guard let points else { return RewardOutput(scores: x.rows.weightedSums(w)) }
    let both = (0..<2 * x.pairs).map { Int32($0 / 2) }
    let ideal = w.linear(weights[points]).rows(both)
    guard let scale else {
      let distance = ((x.rows - ideal).squared().sumRows() + Self.least).sqrt()
      return RewardOutput(scores: -distance)
    }
    let lengths =
      (x.rows.squared().sumRows() + Self.least).sqrt()
      * (ideal.squared().sumRows() + Self.least).sqrt()
    // s = min(exp(logit_scale), 100)
    let cosine = (x.rows * ideal).sumRows() / lengths
    let s = 100 - (100 - weights[scale].exp()).relu()
    return RewardOutput(
      scores: cosine * s.rows([Int32](repeating: 0, count: 2 * x.pairs)).reshaped([2 * x.pairs]))
  }
}
