internal import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseNN
internal import PairwiseTensor

/// `head: {kind: distribution}`: a distribution of rewards for each completion, so that disagreement shows.
///
/// - Source: Siththaranjan et al. 2023, "Distributional Preference Learning" (arXiv 2312.08358).
public struct DistributionHeadOptions: HeadOptions {
  public static let kind = "distribution"
  public static let summary = "a distribution of rewards for each completion"

  public enum Form: String, Sendable, CaseIterable {
    /// A mean and ρ, with standard deviation softplus(ρ).
    case meanAndVariance = "mean_and_variance"
    /// Logits over atoms from 0 to 1.
    case categorical
  }

  public var form: Form
  /// Atoms of the categorical form, at least 2.
  public var atoms: Int

  public init(form: Form = .meanAndVariance, atoms: Int = 10) {
    (self.form, self.atoms) = (form, atoms)
  }

  public init(from reader: inout SectionReader) {
    form = reader.choice("form", default: .meanAndVariance, "What describes the distribution.")
    atoms = reader.value(
      "atoms", default: 10, .closed(2...4096), "Values, evenly in 0 ... 1, of the categorical form."
    )
  }

  public var gives: Set<String> { form == .categorical ? ["logits"] : ["mean", "rho"] }
  public func width(_ data: DataFacts) -> Int { form == .categorical ? atoms : 2 }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    DistributionHead(form: form)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "form", value: form.rawValue.configNode),
      .init(key: "atoms", value: atoms.configNode),
    ]
  }
}

/// The reward of a completion is the mean of its distribution.
struct DistributionHead: RewardHead {
  let form: DistributionHeadOptions.Form

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    let count = x.rows.shape[0]
    guard form == .categorical else {
      let mean = x.rows.column(0)
      return RewardOutput(scores: mean, rows: ["mean": mean, "rho": x.rows.column(1)])
    }
    let atoms = x.rows.shape[1]
    let values = (0..<atoms).map { Float($0) / Float(atoms - 1) }
    let scores = x.rows.softmax().dense(Variable(constant: Tensor([1, atoms], values)))
    return RewardOutput(scores: scores.reshaped([count]), rows: ["logits": x.rows])
  }
}
