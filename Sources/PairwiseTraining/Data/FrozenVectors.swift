internal import Crypto
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseTensor
internal import Synchronization

/// What the frozen layers of a model make of the pairs of a set, by place: a row a pair, the vector of the chosen
/// completion, of the rejected one and, where prompts are read, of the prompt.
struct FrozenVectors: Sendable {
  private enum Storage: Sendable {
    case memory([Float])
    case file(FloatMatrixFile)
  }

  private let storage: Storage
  /// D
  let width: Int
  /// Completions of a row: two, and two for each further pair.
  let sequences: Int
  let hasPrompts: Bool

  /// Name of the dataset in files.
  static let dataset = "vectors"

  /// Numbers of a row.
  static func rowWidth(_ model: any FrozenBackbone, _ pairs: PairSet) -> Int {
    ((model.headNeeds.promptWidth > 0 ? 1 : 0) + pairs.sequencesPerRow) * model.vectorWidth
  }

  private init(_ storage: Storage, _ model: any FrozenBackbone, _ pairs: PairSet) {
    (self.storage, width, sequences) = (storage, model.vectorWidth, pairs.sequencesPerRow)
    hasPrompts = model.headNeeds.promptWidth > 0
  }

  /// Computes them with the model as it is, to be held in memory.
  init(_ model: any FrozenBackbone, _ pairs: PairSet, progress: (Int) -> Void) throws(DataError) {
    var values: [Float] = []
    values.reserveCapacity(pairs.count * FrozenVectors.rowWidth(model, pairs))
    try FrozenVectors.compute(model, pairs, progress: progress) { (rows) throws(DataError) in
      values += rows.array
    }
    self.init(.memory(values), model, pairs)
  }

  /// Reads those that were kept in a file for as many pairs.
  init(reading path: String, _ model: any FrozenBackbone, _ pairs: PairSet) throws(DataError) {
    let file = try FloatMatrixFile(path, name: FrozenVectors.dataset)
    guard file.count == pairs.count, file.width == FrozenVectors.rowWidth(model, pairs) else {
      throw DataError(.invalid, file: path, "holds vectors of other pairs")
    }
    self.init(.file(file), model, pairs)
  }

  /// Pairs that one thread computes at once: as many as its cache holds the activations of.
  private static let share = 4

  /// Computes all rows of a set, some at a time.
  ///
  /// - Throws: also for a vector that is not finite, by its row.
  static func compute(
    _ model: any FrozenBackbone, _ pairs: PairSet, limit: Int = .max, progress: (Int) -> Void,
    _ take: (Tensor) throws(DataError) -> Void
  ) throws(DataError) {
    var start = 0
    while start < min(limit, pairs.count) {
      let end = min(limit, pairs.count, start + 8 * share * WorkerPool.shared.threads)
      let batch = try pairs.read(Array(start..<end))
      let rows = FrozenVectors.rows(model, batch)
      if let bad = rows.firstNonFinite {
        throw DataError(
          .invalid, file: "model", place: "data row \(batch.rows[bad / rows.shape[1]])",
          "gives a vector that is not finite")
      }
      try take(rows)
      start = end
      progress(start)
    }
  }

  /// A few pairs to every thread: which go together changes no bit.
  private static func rows(_ model: any FrozenBackbone, _ batch: Batch) -> Tensor {
    let tasks = (batch.count + share - 1) / share
    let parts = Mutex([[Float]](repeating: [], count: tasks))
    WorkerPool.shared.run(tasks) { task in
      let few = batch.pairs(task * share..<min(batch.count, (task + 1) * share))
      let values = ownRows(model, few).array
      parts.withLock { $0[task] = values }
    }
    let values = parts.withLock { $0.flatMap(\.self) }
    return Tensor([batch.count, values.count / batch.count], values)
  }

  private static func ownRows(_ model: any FrozenBackbone, _ batch: Batch) -> Tensor {
    let count = batch.count
    let sides = model.vectors(batch.input)
    guard model.headNeeds.promptWidth > 0, let prompts = model.promptVectors(batch.input) else {
      return Tensor([count, sides.count / count], sides.array)
    }
    let (both, own, width) = (sides.array, prompts.array, model.vectorWidth)
    var values: [Float] = []
    for row in 0..<count {
      values += both[2 * row * width..<2 * (row + 1) * width]
      values += own[row * width..<(row + 1) * width]
    }
    return Tensor([count, 3 * width], values)
  }

  /// The rows at `places`, one after the other.
  func rows(_ places: [Int]) throws(DataError) -> [Float] {
    switch storage {
    case .file(let file): return try file.rows(places).array
    case .memory(let all):
      let numbers = (sequences + (hasPrompts ? 1 : 0)) * width
      return places.flatMap { all[$0 * numbers..<($0 + 1) * numbers] }
    }
  }
}

/// Reads pairs as the vectors that were computed of them before.
struct VectorReader: PairReader {
  private let vectors: FrozenVectors
  /// Place of each row of the source; −1 where it has none.
  private let places: [Int32]

  init(_ vectors: FrozenVectors, of set: PairSet) {
    self.vectors = vectors
    var places = [Int32](repeating: -1, count: set.source.count)
    for place in 0..<set.count { places[set.rows[place]] = Int32(place) }
    self.places = places
  }

  var needs: PairNeeds { PairNeeds() }

  private func rows(_ block: PairBlock) throws(DataError) -> [Float] {
    try vectors.rows(block.rows.map { Int(places[$0]) })
  }

  func input(for block: PairBlock) throws(DataError) -> ModelInput {
    let values = try rows(block)
    let width = vectors.width
    if !vectors.hasPrompts {
      let rows = ModelInput.dense(Tensor([vectors.sequences * block.count, width], values))
      return vectors.sequences == 2 ? rows : .several(rows, perRow: vectors.sequences / 2)
    }
    return .dense(
      Tensor(
        [2 * block.count, width],
        (0..<block.count).flatMap { values[3 * $0 * width..<(3 * $0 + 2) * width] }))
  }

  func promptRows(of block: PairBlock) throws(DataError) -> PairwiseModels.PromptRows? {
    guard vectors.hasPrompts else { return nil }
    let values = try rows(block)
    let width = vectors.width
    return .dense(
      Tensor(
        [block.count, width],
        (0..<block.count).flatMap { values[(3 * $0 + 2) * width..<3 * ($0 + 1) * width] }))
  }
}

extension PairSet {
  /// The same pairs, read as the vectors that a model's frozen layers made of them.
  func reading(_ vectors: FrozenVectors, under model: any FrozenBackbone) throws(DataError)
    -> PairSet
  {
    var set = self
    set.reader = try model.reader(above: VectorReader(vectors, of: self)).bound(to: source)
    set.lengths = []
    return set
  }
}

/// A folder of vectors of frozen layers, found again by a hash of everything they depend on: weights, tokens of
/// every pair, how they are read, and the machine's arithmetic.
struct VectorCache {
  /// Changes whenever the same weights and tokens give other numbers.
  private static let version = 1

  let folder: String

  /// The vectors of a set: found, or computed and kept.
  func open(_ model: any FrozenBackbone, _ pairs: PairSet, progress: (Int) -> Void)
    throws(DataError) -> FrozenVectors
  {
    let key = try key(model, pairs)
    let path = "\(folder)/vectors-\(key).h5"
    if FileAccess.exists(path),
      let known = try? FrozenVectors(reading: path, model, pairs),
      try isCurrent(known, model, pairs)
    {
      return known
    }
    try FileAccess.createFolder(folder)
    let writer = try FloatMatrixWriter(
      creating: path, name: FrozenVectors.dataset, width: FrozenVectors.rowWidth(model, pairs),
      overwrite: true)
    try FrozenVectors.compute(model, pairs, progress: progress) { (rows) throws(DataError) in
      try writer.append(rows)
    }
    try writer.finish()
    return try FrozenVectors(reading: path, model, pairs)
  }

  /// Whether this program gives the first pairs the same bits.
  private func isCurrent(
    _ known: FrozenVectors, _ model: any FrozenBackbone, _ pairs: PairSet
  ) throws(DataError) -> Bool {
    var same = true
    let few = min(2, pairs.count)
    let stored = try known.rows(Array(0..<few))
    try FrozenVectors.compute(model, pairs, limit: few, progress: { _ in }) {
      same = same && $0.array == stored
    }
    return same
  }

  private func key(_ model: any FrozenBackbone, _ pairs: PairSet) throws(DataError) -> String {
    var hash = SHA256()
    hash.update(
      data: Array(
        "\(VectorCache.version)\n\(Matmul.description)\n\(model.vectorKind)\n".utf8))
    hash.update(data: Array(ReferenceCache.digest(frozen: model.store).utf8))
    var start = 0
    while start < pairs.count {
      let batch = try pairs.read(Array(start..<min(pairs.count, start + 1024)))
      hash.update(tokensOf: batch.input)
      start += batch.count
    }
    return hash.finalize().prefix(16).map(Manifest.hexByte).joined()
  }
}

extension SHA256 {
  /// Takes in the tokens of all pairs of an input, and those of their prompts where they are read apart.
  mutating func update(tokensOf input: ModelInput) {
    if case .tokens(let tokens) = input.bare {
      for pair in tokens.pairs {
        let unscored = [Int32(pair.unscored.chosen), Int32(pair.unscored.rejected)]
        for side in [pair.prompt, pair.chosen, pair.rejected, unscored] { update(ids: side) }
        if !pair.form.isEmpty {
          update(ids: pair.form.map { Int32(bitPattern: $0.bitPattern) })
        }
      }
    }
    if case .tokens(let prompts)? = input.told.prompts {
      for prompt in prompts { update(ids: prompt) }
    }
  }

  private mutating func update(ids: [Int32]) {
    unsafe ids.withUnsafeBytes { unsafe update(bufferPointer: $0) }
    update(data: [0xFF])
  }
}
