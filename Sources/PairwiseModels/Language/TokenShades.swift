internal import PairwiseAutodiff
public import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor

/// A pair of completions with numbers on their tokens.
public struct ShadedPair: Sendable, Equatable {
  /// A token and its numbers, one a measure.
  public struct Token: Sendable, Equatable {
    /// Empty where a character is not complete yet.
    public var text: String
    public var numbers: [Float]
  }

  public var prompt: String
  public var chosen: [Token]
  public var rejected: [Token]
}

/// Numbers on the tokens of completions: what each token adds to the implicit reward, and how much it
/// counts under the masks that a policy was trained with.
///
/// The credit of a token is β·(log π − log π_ref), log π alone without a reference: summed over a
/// completion it is the implicit reward.
///
/// - Source: Rafailov et al. 2024, "From r to Q*" (arXiv 2404.12358), for the credit.
public struct TokenShades: Sendable {
  /// What the policy is compared with.
  public enum Reference: Sendable {
    case none
    case model(CausalLM)
    /// The policy without its adapters.
    case base
  }

  /// What the numbers are: the credit first, then a network each, then the activation mask.
  public let measures: [String]
  private let policy: CausalLM
  private let reference: Reference
  private let beta: Float
  private let heads: [TokenHead]
  private let headStore: ParameterStore

  /// - Parameter folder: where the policy was read from, which may hold networks.
  /// - Throws: if the networks there cannot be read.
  public init(_ policy: CausalLM, against reference: Reference, beta: Double, folder: String)
    throws(DataError)
  {
    (self.policy, self.reference, self.beta) = (policy, reference, Float(beta))
    (heads, headStore) = try TokenHeadFile.networks(
      in: folder, layers: policy.config.layers, width: policy.config.hiddenSize)
    if case .none = reference {
      measures = ["log-prob"]
    } else {
      measures = ["credit"] + heads.map(\.name) + ["activation"]
    }
  }

  /// The pairs of an input with their numbers.
  ///
  /// Traps unless it holds tokens.
  public func shaded(_ input: ModelInput) -> [ShadedPair] {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("token shades: expected tokens")
    }
    let weights = Weights(policy.store)
    let columns: [[Float]]
    let offsets: [Int32]
    let states = states(input, weights)
    let values = policy.completions(input, weights, ForwardPass(reference: states)).tokens
    guard let values else { return [] }
    offsets = values.offsets
    let logps = values.logps.value.array
    if let states, let theirs = values.referenceLogps?.array {
      let credit = zip(logps, theirs).map { beta * ($0 - $1) }
      let own = heads.map { network in
        network(states.layers, offsets: offsets, Weights(headStore), dropout: nil).value.array
      }
      columns = [credit] + own + [states.activations?.array ?? []]
    } else {
      columns = [logps]
    }
    return pairs.pairs.enumerated().map { index, pair in
      func side(_ ids: [Int32], _ sequence: Int) -> [ShadedPair.Token] {
        let range = Int(offsets[sequence])..<Int(offsets[sequence + 1])
        let texts = policy.pieces(ids)
        // Nothing predicts the first token behind an empty prompt.
        let unscored = ids.count - range.count
        return texts.enumerated().map { place, text in
          let token = range.lowerBound + place - unscored
          return ShadedPair.Token(
            text: text, numbers: place < unscored ? [] : columns.map { $0[token] })
        }
      }
      return ShadedPair(
        prompt: policy.pieces(pair.prompt).joined(), chosen: side(pair.chosen, 2 * index),
        rejected: side(pair.rejected, 2 * index + 1))
    }
  }

  private func states(_ input: ModelInput, _ weights: Weights) -> ReferenceStates? {
    var wants = ReferenceWants(layers: !heads.isEmpty, activations: true)
    switch reference {
    case .none: return nil
    case .model(let other):
      return other.referenceStates(input, Weights(other.store), wants)
    case .base:
      wants.adapted = false
      return policy.referenceStates(input, weights, wants)
    }
  }
}
