internal import PairwiseData
public import PairwiseModels

extension PairScorer {
  /// The first pairs of a file, or of a split of it, token by token: what each token adds to the implicit
  /// reward, and how much it counts under the masks of the model's folder.
  ///
  /// - Parameter folder: where the model was read from.
  /// - Throws: `RunError.unsuitable` of reward models, `DataError`.
  public func shadedTokens(_ count: Int, model folder: String, data path: String, split: String?)
    throws -> (measures: [String], pairs: [ShadedPair])
  {
    guard let policy = model as? CausalLM else {
      throw RunError.unsuitable("\(folder): only policies have tokens to show")
    }
    let against: TokenShades.Reference
    switch reference {
    case .none: against = .none
    case .base: against = .base
    case .model(let other): against = (other as? CausalLM).map { .model($0) } ?? .none
    }
    let shades = try TokenShades(policy, against: against, beta: beta, folder: folder)
    let source = try DataFile.open(
      path, dropInvalid: false, keepEmpty: needs.messages, cache: nil
    ).source
    var rows = Array(0..<min(count, source.count))
    if let split {
      guard let chosen = source.splits[split] else {
        throw RunError.unsuitable("\(path): no split '\(split)'")
      }
      rows = (0..<min(count, chosen.count)).map { chosen[$0] }
    }
    let input = try model.reader.input(for: source.read(rows, needs))
    return (shades.measures, shades.shaded(input))
  }
}
