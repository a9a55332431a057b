internal import Crypto
internal import PairwiseAutodiff
internal import PairwiseConfig
public import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

/// Log-probs of the sequences of a set of rows under the reference, in nats.
public struct ReferenceLogps: Sendable, Equatable {
  /// Summed over tokens: `[n]` each, in the order of the set, by the name of the objective's input.
  public var sums: [PairColumn: [Float]]
  /// Token by token, if that was asked for.
  var tokens: TokenRuns?

  /// Computes them with the model as it is, through the code that training uses.
  ///
  /// - Parameter wantsTokens: whether those of every token are kept, too.
  init(
    _ model: any Model, _ pairs: PairSet, wantsTokens: Bool, batchSize: Int,
    progress: (Int) -> Void
  ) throws(DataError) {
    let slots = pairs.plan.slots
    sums = [:]
    tokens = wantsTokens ? TokenRuns() : nil
    var start = 0
    while start < pairs.count {
      let batch = try pairs.read(Array(start..<min(pairs.count, start + batchSize)))
      let output = model.forward(batch.input, Weights(model.store), ForwardPass())
      let inputs = batch.objectiveInputs(output)
      for slot in slots {
        sums[PairColumn(slot.reference.text), default: []] += inputs[slot.policy].value.array
      }
      if wantsTokens { for row in batch.tokenLogps(output) { tokens?.append(row) } }
      start += batch.count
      progress(start)
    }
    for place in 0..<pairs.count where !sums.values.allSatisfy({ $0[place].isFinite }) {
      throw DataError(
        .invalid, file: "model", place: "data row \(pairs.rows[place])",
        "has a log-prob that is not finite under the reference")
    }
  }

  /// Reads what `write` wrote for as many pairs.
  init(reading path: String, _ plan: SequencePlan, wantsTokens: Bool, count: Int)
    throws(DataError)
  {
    let names = plan.slots.map(\.reference.text)
    let columns = try FloatColumns.read(names, count: count, from: path)
    sums = [:]
    for (name, values) in zip(names, columns) { sums[PairColumn(name)] = values }
    guard sums.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw DataError(.invalid, file: path, "holds a number that is not finite")
    }
    tokens = wantsTokens ? try ReferenceLogps.tokens(in: path, rows: count) : nil
  }

  /// Names of the columns with the numbers of each token and how many each row has.
  private static let tokenColumns = (values: "token_logps", counts: "token_counts")

  private static func tokens(in path: String, rows: Int) throws(DataError) -> TokenRuns {
    let found = try FloatColumns.read([tokenColumns.counts], count: rows, from: path)[0]
    let counts = found.compactMap { Int(exactly: $0) }
    let (total, overflows) = counts.reduce((0, false)) { sum, count in
      let (next, over) = sum.0.addingReportingOverflow(count)
      return (next, sum.1 || over || count < 0)
    }
    guard counts.count == rows, !overflows else {
      throw DataError(.invalid, file: path, "holds a number of tokens that is none")
    }
    let values = try FloatColumns.read([tokenColumns.values], count: total, from: path)[0]
    guard let runs = TokenRuns(values, counts: counts), values.allSatisfy(\.isFinite) else {
      throw DataError(.invalid, file: path, "holds log-probs of tokens that are none")
    }
    return runs
  }

  func write(to path: String, key: String) throws(DataError) {
    var columns = sums.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { (name: $0.key.rawValue, values: $0.value) }
    if let tokens {
      columns.append((ReferenceLogps.tokenColumns.counts, tokens.counts.map { Float($0) }))
      columns.append((ReferenceLogps.tokenColumns.values, tokens.values))
    }
    try FloatColumns.write(columns, note: key, to: path)
  }
}

/// A folder of reference log-probs, found again by a hash of everything they depend on: weights, tokens
/// of every pair, and the machine's arithmetic.
struct ReferenceCache {
  /// Changes whenever the same weights and tokens give other numbers.
  private static let version = 2

  let folder: String
  /// Whether log-probs are wanted token by token.
  let wantsTokens: Bool

  /// The log-probs of a set: found, or computed and kept.
  func open(
    _ model: any Model, weights: String, _ pairs: PairSet, batchSize: Int,
    progress: (Int) -> Void
  ) throws(DataError) -> ReferenceLogps {
    let key = try key(weights, pairs)
    let path = "\(folder)/reference-\(key).h5"
    if FileAccess.exists(path),
      let known = try? ReferenceLogps(
        reading: path, pairs.plan, wantsTokens: wantsTokens, count: pairs.count),
      try isCurrent(known, model, pairs)
    {
      return known
    }
    let computed = try ReferenceLogps(
      model, pairs, wantsTokens: wantsTokens, batchSize: batchSize, progress: progress)
    try FileAccess.createFolder(folder)
    try computed.write(to: path, key: key)
    return computed
  }

  /// Whether this program gives the first pairs the same bits: another version of it may add in another
  /// order.
  private func isCurrent(_ known: ReferenceLogps, _ model: any Model, _ pairs: PairSet)
    throws(DataError) -> Bool
  {
    let batch = try pairs.read(Array(0..<min(2, pairs.count)))
    let output = model.forward(batch.input, Weights(model.store), ForwardPass())
    let inputs = batch.objectiveInputs(output)
    if let tokens = known.tokens {
      let rows = batch.tokenLogps(output)
      guard rows.indices.allSatisfy({ tokens[$0] == rows[$0] }) else { return false }
    }
    return pairs.plan.slots.allSatisfy { slot in
      let values = known.sums[PairColumn(slot.reference.text)]
      return values.map { Array($0.prefix(batch.count)) } == inputs[slot.policy].value.array
    }
  }

  /// SHA-256 of all parameters of a model.
  static func digest(_ store: ParameterStore) -> String {
    digest(of: [store.values, store.frozen])
  }

  /// SHA-256 of the frozen parameters alone.
  static func digest(frozen store: ParameterStore) -> String { digest(of: [store.frozen]) }

  private static func digest(of blocks: [Tensor]) -> String {
    var hash = SHA256()
    for block in blocks {
      block.withSpan { span in
        unsafe span.withUnsafeBytes { bytes in unsafe hash.update(bufferPointer: bytes) }
      }
    }
    return hash.finalize().map(Manifest.hexByte).joined()
  }

  /// The tokens themselves are hashed, so that tokenizer, template, truncation and data all count.
  private func key(_ weights: String, _ pairs: PairSet) throws(DataError) -> String {
    var hash = SHA256()
    let names = pairs.plan.slots.map(\.reference.text) + (wantsTokens ? ["tokens"] : [])
    hash.update(data: Array(names.joined(separator: ",").utf8))
    hash.update(data: Array("\(ReferenceCache.version)\n\(weights)\n\(Matmul.description)\n".utf8))
    var start = 0
    while start < pairs.count {
      let batch = try pairs.read(Array(start..<min(pairs.count, start + 1024)))
      hash.update(tokensOf: batch.input)
      start += batch.count
    }
    return hash.finalize().prefix(16).map(Manifest.hexByte).joined()
  }
}

extension Batch {
  /// Log-probs of each row's tokens, sequence after sequence.
  fileprivate func tokenLogps(_ output: ModelOutput) -> [ArraySlice<Float>] {
    guard case .completions(let completions) = output, let tokens = completions.tokens else {
      preconditionFailure("reference: the model knows no tokens")
    }
    let (values, offsets) = (tokens.logps.value.array, tokens.offsets)
    let step = sequencesPerRow
    return (0..<count).map { row in
      values[Int(offsets[step * row])..<Int(offsets[step * (row + 1)])]
    }
  }
}
