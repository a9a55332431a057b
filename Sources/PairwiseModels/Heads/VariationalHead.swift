internal import Glibc
internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// `head: {kind: variational}`: a latent vector for whoever judges, inferred from pairs they have judged.
///
/// An encoder reads up to `context_length` labelled pairs of the same annotator and gives a normal
/// distribution over z; the reward is an MLP of the completion and z. In training z is drawn and scaled to
/// length √L, afterwards it is the mean, scaled alike unless `eval_z: mean` says otherwise (the released
/// code's way). Without any labelled pair z is 0.
///
/// - Source: Poddar et al. 2024, "Variational Preference Learning" (arXiv 2408.10075), and its released code.
public struct VariationalHeadOptions: HeadOptions {
  public static let kind = "variational"
  public static let summary = "a latent vector for whoever judges, inferred from pairs they judged"

  /// What z is once training is over.
  public enum FinalLatent: String, Sendable, CaseIterable {
    case mean
    /// The mean at length √L, as z is in training.
    case meanNormalised = "mean_normalised"
  }

  /// L
  public var latent: Int
  public var hidden: Int
  /// Labelled pairs that are read at most.
  public var contextLength: Int
  public var finalLatent: FinalLatent

  public init(
    latent: Int = 8, hidden: Int = 32, contextLength: Int = 8,
    finalLatent: FinalLatent = .meanNormalised
  ) {
    (self.latent, self.hidden) = (latent, hidden)
    (self.contextLength, self.finalLatent) = (contextLength, finalLatent)
  }

  public init(from reader: inout SectionReader) {
    latent = reader.value("latent_size", default: 8, .closed(1...4096), "L, numbers of z.")
    hidden = reader.value(
      "hidden_size", default: 32, .closed(1...65_536), "Width of the hidden layers.")
    contextLength = reader.value(
      "context_length", default: 8, .closed(1...256),
      "Labelled pairs of the same annotator that are read at most.")
    finalLatent = reader.choice("eval_z", default: .meanNormalised, "z once training is over.")
  }

  public var needs: HeadNeeds { HeadNeeds(names: [.annotator], contextLength: contextLength) }
  public var gives: Set<String> { ["latent_mean", "latent_logvar"] }
  public var spread: Float? { 1 }
  public func width(_ data: DataFacts) -> Int { hidden }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    VariationalHead(self, &builder)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "latent_size", value: latent.configNode),
      .init(key: "hidden_size", value: hidden.configNode),
      .init(key: "context_length", value: contextLength.configNode),
      .init(key: "eval_z", value: finalLatent.rawValue.configNode),
    ]
  }
}

struct VariationalHead: RewardHead {
  private let options: VariationalHeadOptions
  /// From the two completions of a labelled pair to its code, `[2W]` → `[L]`.
  private let encoder: [Linear]
  /// Self-attention over the codes of a set.
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let mean: Linear
  private let logVariance: Linear
  /// From z to what is added to the completion's numbers, and from there to the reward.
  private let decoder: (latent: Linear, hidden: Linear, out: Linear)

  init(_ options: VariationalHeadOptions, _ builder: inout ParameterBuilder) {
    self.options = options
    let (hidden, latent) = (options.hidden, options.latent)
    func linear(_ name: String, _ inputs: Int, _ outputs: Int, bias: Bool = true) -> Linear {
      builder.scoped(name) { Linear(in: inputs, out: outputs, bias: bias, &$0) }
    }
    encoder = [
      linear("encoder.0", 2 * hidden, hidden), linear("encoder.2", hidden, hidden),
      linear("encoder.4", hidden, latent),
    ]
    query = linear("query", latent, latent, bias: false)
    key = linear("key", latent, latent, bias: false)
    value = linear("value", latent, latent, bias: false)
    mean = linear("mean", latent, latent)
    logVariance = linear("log_variance", latent, latent)
    decoder = (
      linear("decoder.latent", latent, hidden), linear("decoder.2", hidden, hidden),
      linear("decoder.4", hidden, 1, bias: false)
    )
  }

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    let (mu, logVar) = posterior(x, weights)
    let z = latent(mu, logVar, x.dropout)
    let perRow = decoder.latent(z, weights).rows((0..<2 * x.pairs).map { Int32($0 / 2) })
    let first = (x.rows + perRow).leaky()
    let second = decoder.hidden(first, weights).leaky()
    return RewardOutput(
      scores: decoder.out(second, weights).reshaped([2 * x.pairs]),
      pairs: ["latent_mean": mu, "latent_logvar": logVar])
  }

  /// μ and log σ², `[n, L]`, both in −1 … 1.
  private func posterior(_ x: HeadInput, _ weights: Weights) -> (mean: Variable, logVar: Variable) {
    let nothing = Variable(constant: .zeros([x.pairs, options.latent]))
    guard let rows = x.context, let offsets = x.conditions.context?.offsets,
      let last = offsets.last, last > 0
    else { return (nothing, nothing) }
    var codes = rows.reshaped([rows.shape[0] / 2, 2 * rows.shape[1]])
    for (index, layer) in encoder.enumerated() {
      codes = layer(index == 0 ? codes : codes.leaky(), weights)
    }
    let (q, k, v) = (query(codes, weights), key(codes, weights), value(codes, weights))
    let scale = 1 / Float(options.latent).squareRoot()
    var sets: [Variable] = []
    for pair in 0..<x.pairs {
      let own = (offsets[pair]..<offsets[pair + 1]).map { $0 }
      if own.isEmpty {
        sets.append(Variable(constant: .zeros([1, options.latent])))
        continue
      }
      let attention = (q.rows(own).matmul(k.rows(own).transposed()) * scale).softmax()
      let mixed = attention.matmul(v.rows(own))
      // The mean over the set, as a product so that its gradient stays within the set.
      let weight = Variable(
        constant: Tensor(repeating: 1 / Float(own.count), [1, own.count]))
      sets.append(weight.matmul(mixed))
    }
    let all = Variable.concatenated(sets, axis: 0)
    let isKnown = Variable(
      constant: Tensor(
        [x.pairs, 1], (0..<x.pairs).map { offsets[$0 + 1] > offsets[$0] ? 1 : 0 }))
    return (
      mean(all, weights).clamped() * isKnown, logVariance(all, weights).clamped() * isKnown
    )
  }

  /// z `[n, L]`: drawn while training, which a key tells.
  private func latent(_ mu: Variable, _ logVar: Variable, _ key: DropoutKey?) -> Variable {
    let (pairs, width) = (mu.shape[0], mu.shape[1])
    var z = mu
    if let key {
      var noise = [Float](repeating: 0, count: pairs * width)
      for pair in 0..<pairs {
        var random = CounterRandom(
          seed: key.key, stream: "latent", position: (key.start / 2 + UInt64(pair)) << 20)
        for i in 0..<width { noise[pair * width + i] = Float(random.normal()) }
      }
      z = LatentVector.drawn(mu, logVar, noise: Tensor([pairs, width], noise))
    } else if options.finalLatent == .mean {
      return mu
    }
    return LatentVector.scaled(z)
  }
}

extension Variable {
  /// max(x, 0.2·x)
  fileprivate func leaky() -> Variable { 0.8 * relu() + 0.2 * self }

  /// The nearest number in −1 … 1.
  fileprivate func clamped() -> Variable { adding(1).relu() - adding(-1).relu() - 1 }
}
