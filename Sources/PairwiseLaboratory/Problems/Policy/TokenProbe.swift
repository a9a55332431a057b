internal import Glibc
internal import PairwiseAutodiff
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseTensor

/// Looks at a language model letter by letter, beside the start that it was trained from.
struct TokenProbe: Sendable {
  private let input: ModelInput
  private let states: ReferenceStates
  private let count: Int

  /// - Parameter sequences: drawn completions; they are looked at as they are and with the good letters.
  init(_ start: CausalLM, _ sequences: [SparseTokens.Sequence]) throws {
    count = sequences.count
    var texts = PairTexts()
    for sequence in sequences.map(\.improved) + sequences {
      let text = sequence.text.utf8
      texts.append(prompt: SparseTokens.prompts[sequence.prompt].utf8, chosen: text, rejected: text)
    }
    let source = InMemoryPairs(texts: texts)
    let block = try source.read(Array(0..<source.count), start.reader.needs)
    input = try start.reader.input(for: block)
    let wants = ReferenceWants(layers: true, activations: true)
    guard let states = start.referenceStates(input, Weights(start.store), wants) else {
      throw DataError(.invalid, file: SparseTokens.name, "the start knows no tokens")
    }
    self.states = states
  }

  func figures(_ model: any Model) throws -> [String: Double] {
    guard let policy = model as? CausalLM,
      let tokens = policy.completions(
        input, Weights(policy.store), ForwardPass(reference: states)
      ).tokens, let divergence = tokens.divergence?.value.array
    else {
      throw DataError(
        .invalid, file: "model", "expected none: the truth is known of the problem's own policy")
    }
    let logps = tokens.logps.value.array
    let mask = tokens.heads.sorted { $0.key < $1.key }.last?.value.value.array
    var (reward, content, filler, total) = (0.0, 0.0, 0.0, 0.0)
    var masks = (content: 0.0, filler: 0.0)
    // A start that was trained on single completions reads one side of a row, another both.
    let sides = (tokens.offsets.count - 1) / (2 * count)
    for row in 0..<count {
      let good = Int(tokens.offsets[sides * row])
      for place in SparseTokens.content { reward += exp(Double(logps[good + place])) }
      let drawn = Int(tokens.offsets[sides * (count + row)])
      for place in 0..<SparseTokens.length {
        let kl = Double(divergence[drawn + place])
        let weight = Double(mask?[drawn + place] ?? 0)
        total += kl
        if SparseTokens.content.contains(place) {
          content += kl
          masks.content += weight
        } else {
          filler += kl
          masks.filler += weight
        }
      }
    }
    let contents = Double(count * SparseTokens.content.count)
    let fillers = Double(count * (SparseTokens.length - SparseTokens.content.count))
    var values = [
      "reward": reward / contents, "content_kl": content / contents, "filler_kl": filler / fillers,
      "kl": total / Double(count),
    ]
    // Without a mask, or with one that is shut, all letters count alike.
    let weights = masks.content + masks.filler
    values["mask_share"] = weights > 0 ? masks.content / weights : contents / (contents + fillers)
    return values
  }
}
