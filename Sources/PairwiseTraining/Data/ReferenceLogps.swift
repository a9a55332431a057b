internal import Crypto
internal import PairwiseAutodiff
internal import PairwiseConfig
public import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

/// Summed log-probs of the sequences of a set of rows under the reference, in nats.
public struct ReferenceLogps: Sendable, Equatable {
  /// `[n]` each, in the order of the set, by the name of the objective's input.
  public var sums: [PairColumn: [Float]]

  /// Computes them with the model as it is, through the code that training uses.
  init(
    _ model: any Model, _ pairs: PairSet, batchSize: Int, progress: (Int) -> Void
  ) throws(DataError) {
    let slots = pairs.plan.slots
    sums = [:]
    var start = 0
    while start < pairs.count {
      let batch = try pairs.read(Array(start..<min(pairs.count, start + batchSize)))
      let output = model.forward(batch.input, Weights(model.store), ForwardPass())
      let inputs = batch.objectiveInputs(output)
      for slot in slots {
        sums[PairColumn(slot.reference.text), default: []] += inputs[slot.policy].value.array
      }
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
  init(reading path: String, _ plan: SequencePlan, count: Int) throws(DataError) {
    let names = plan.slots.map(\.reference.text)
    let columns = try FloatColumns.read(names, count: count, from: path)
    sums = [:]
    for (name, values) in zip(names, columns) { sums[PairColumn(name)] = values }
    guard sums.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw DataError(.invalid, file: path, "holds a number that is not finite")
    }
  }

  func write(to path: String, key: String) throws(DataError) {
    let columns = sums.sorted { $0.key.rawValue < $1.key.rawValue }
    try FloatColumns.write(
      columns.map { ($0.key.rawValue, $0.value) }, note: key, to: path)
  }
}

/// A folder of reference log-probs, found again by a hash of everything they depend on: weights, tokens
/// of every pair, and the machine's arithmetic.
struct ReferenceCache {
  /// Changes whenever the same weights and tokens give other numbers.
  private static let version = 2

  let folder: String

  /// The log-probs of a set: found, or computed and kept.
  func open(
    _ model: any Model, weights: String, _ pairs: PairSet, batchSize: Int,
    progress: (Int) -> Void
  ) throws(DataError) -> ReferenceLogps {
    let key = try key(weights, pairs)
    let path = "\(folder)/reference-\(key).h5"
    if FileAccess.exists(path),
      let known = try? ReferenceLogps(reading: path, pairs.plan, count: pairs.count),
      try isCurrent(known, model, pairs)
    {
      return known
    }
    let computed = try ReferenceLogps(model, pairs, batchSize: batchSize, progress: progress)
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
    let inputs = batch.objectiveInputs(
      model.forward(batch.input, Weights(model.store), ForwardPass()))
    return pairs.plan.slots.allSatisfy { slot in
      let values = known.sums[PairColumn(slot.reference.text)]
      return values.map { Array($0.prefix(batch.count)) } == inputs[slot.policy].value.array
    }
  }

  /// SHA-256 of all parameters of a model.
  static func digest(_ store: ParameterStore) -> String {
    var hash = SHA256()
    for block in [store.values, store.frozen] {
      block.withSpan { span in
        unsafe span.withUnsafeBytes { bytes in unsafe hash.update(bufferPointer: bytes) }
      }
    }
    return hash.finalize().map(Manifest.hexByte).joined()
  }

  /// The tokens themselves are hashed, so that tokenizer, template, truncation and data all count.
  private func key(_ weights: String, _ pairs: PairSet) throws(DataError) -> String {
    var hash = SHA256()
    hash.update(data: Array(pairs.plan.slots.map(\.reference.text).joined(separator: ",").utf8))
    hash.update(data: Array("\(ReferenceCache.version)\n\(weights)\n\(Matmul.description)\n".utf8))
    var start = 0
    while start < pairs.count {
      let batch = try pairs.read(Array(start..<min(pairs.count, start + 1024)))
      if case .tokens(let tokens) = batch.input {
        for pair in tokens.pairs {
          let unscored = [Int32(pair.unscored.chosen), Int32(pair.unscored.rejected)]
          for side in [pair.prompt, pair.chosen, pair.rejected, unscored] {
            unsafe side.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
            hash.update(data: [0xFF])
          }
        }
      }
      start += batch.count
    }
    return hash.finalize().prefix(16).map(Manifest.hexByte).joined()
  }
}
