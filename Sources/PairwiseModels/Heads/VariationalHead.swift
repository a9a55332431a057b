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
/// The released code's encoder and decoder are MLPs, which have much to learn where annotators are few. There
/// `encoder: linear` adds up what the difference of each labelled pair says, and `decoder: linear` is
/// r(x) + Σ_l z_l·r_l(x), 1 + L rewards that are linear in the numbers of the layers below (a project extension).
///
/// - Source: Poddar et al. 2024, "Variational Preference Learning" (arXiv 2408.10075), and its released code.
public struct VariationalHeadOptions: HeadOptions {
  public static let kind = "variational"
  public static let summary = "a latent vector for whoever judges, inferred from pairs they judged"

  /// How z is read from labelled pairs, and rewards from z.
  public enum Form: String, Sendable, CaseIterable {
    case mlp, linear
  }

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
  public var context: ContextSize
  public var finalLatent: FinalLatent
  public var encoder: Form
  public var decoder: Form

  public init(
    latent: Int = 8, hidden: Int = 32, context: ContextSize = .init(most: 8),
    finalLatent: FinalLatent = .meanNormalised, encoder: Form = .mlp, decoder: Form = .mlp
  ) {
    (self.latent, self.hidden) = (latent, hidden)
    (self.context, self.finalLatent) = (context, finalLatent)
    (self.encoder, self.decoder) = (encoder, decoder)
  }

  public init(from reader: inout SectionReader) {
    latent = reader.value("latent_size", default: 8, .closed(1...4096), "L, numbers of z.")
    hidden = reader.value(
      "hidden_size", default: 32, .closed(1...65_536), "Width of the hidden layers of MLPs.")
    context = ContextSize(from: &reader, default: 8)
    finalLatent = reader.choice("eval_z", default: .meanNormalised, "z once training is over.")
    encoder = reader.choice(
      "encoder", default: .mlp, "What reads labelled pairs: linear adds up what each one says.")
    decoder = reader.choice(
      "decoder", default: .mlp, "What z makes of a completion: linear weighs L rewards with it.")
  }

  public var needs: HeadNeeds { HeadNeeds(names: [.annotator], context: context) }
  public var gives: Set<String> { ["latent_mean", "latent_logvar"] }
  public var spread: Float? { columns.hidden.isEmpty ? 0.05 : 1 }
  public func width(_ data: DataFacts) -> Int { columns.codes.upperBound }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    VariationalHead(self, &builder)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "latent_size", value: latent.configNode),
      .init(key: "hidden_size", value: hidden.configNode),
    ] + context.configuration + [
      .init(key: "eval_z", value: finalLatent.rawValue.configNode),
      .init(key: "encoder", value: encoder.rawValue.configNode),
      .init(key: "decoder", value: decoder.rawValue.configNode),
    ]
  }

  /// Which of a completion's numbers are whose: what MLPs read, the 1 + L rewards of a linear decoder, the L
  /// numbers of a linear encoder.
  var columns: (hidden: Range<Int>, rewards: Range<Int>, codes: Range<Int>) {
    let hidden = encoder == .mlp || decoder == .mlp ? self.hidden : 0
    let rewards = hidden + (decoder == .linear ? 1 + latent : 0)
    let codes = rewards + (encoder == .linear ? latent : 0)
    return (0..<hidden, hidden..<rewards, rewards..<codes)
  }
}

struct VariationalHead: RewardHead {
  private let options: VariationalHeadOptions
  private let encoder: LatentEncoder
  private let decoder: LatentDecoder

  init(_ options: VariationalHeadOptions, _ builder: inout ParameterBuilder) {
    self.options = options
    encoder = LatentEncoder(options, &builder)
    decoder = LatentDecoder(options, &builder)
  }

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    let (mu, logVar) = posterior(x, weights)
    return RewardOutput(
      scores: decoder(x.rows, latent(mu, logVar, x.dropout), weights),
      pairs: ["latent_mean": mu, "latent_logvar": logVar])
  }

  /// μ and log σ², `[n, L]`, both in −1 … 1; 0 of whoever has no labelled pair.
  private func posterior(_ x: HeadInput, _ weights: Weights) -> (mean: Variable, logVar: Variable) {
    let nothing = Variable(constant: .zeros([x.pairs, options.latent]))
    guard let rows = x.context, let offsets = x.conditions.context?.offsets,
      let last = offsets.last, last > 0
    else { return (nothing, nothing) }
    let isKnown = Variable(
      constant: Tensor(
        [x.pairs, 1], (0..<x.pairs).map { offsets[$0 + 1] > offsets[$0] ? 1 : 0 }))
    let (mean, logVariance) = encoder(rows, offsets, weights)
    return (mean.clamped() * isKnown, logVariance.clamped() * isKnown)
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
  /// The nearest number in −1 … 1.
  fileprivate func clamped() -> Variable { adding(1).relu() - adding(-1).relu() - 1 }
}
