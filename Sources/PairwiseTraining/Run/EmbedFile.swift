internal import PairwiseConfig
public import PairwiseData
public import PairwiseModels
internal import PairwiseTensor

/// What embedding a file made, besides the file it wrote.
public struct EmbedSummary: Sendable {
  /// Vectors written.
  public var vectors = 0
  /// D, their length.
  public var width = 0
  /// Tokens computed; what two texts of a pair share counts once where it is computed once.
  public var tokens = 0
  /// Texts or pairs that were cut to the limit.
  public var cut = 0
  public var seconds = 0.0
}

/// Turns a file of texts into vectors: preference pairs into a preference file with features, rows with a
/// `text` into a dataset `embeddings`. Memory is bounded by a window of rows.
public struct EmbedFile {
  private let embedder: TextEmbedder
  private let model: String
  private let batchTokens: Int
  private let progress: (_ tokens: Int, _ vectors: Int) -> Void

  /// - Parameters:
  ///   - model: loaded as `TextEmbedder` does it.
  ///   - batchTokens: tokens of a batch. Vectors do not depend on it.
  public init(
    model: String, options: EmbeddingOptions = .init(), batchTokens: Int = 1024,
    progress: @escaping (_ tokens: Int, _ vectors: Int) -> Void = { _, _ in }
  ) throws(DataError) {
    embedder = try TextEmbedder(model: model, options: options)
    self.model = model
    self.batchTokens = batchTokens
    self.progress = progress
  }

  /// Rows that are held at a time: enough to put texts of like length together.
  private static let window = 1024

  /// Embeds a JSON Lines or HDF5 file. The output is there in full or not at all.
  ///
  /// - Throws: `.cannotCreate` if the output exists and `overwrite` is false.
  public func run(
    input: String, output: String, overwrite: Bool = false
  ) throws(DataError) -> EmbedSummary {
    let started = RunEnvironment.monotonicSeconds()
    var summary = EmbedSummary()
    summary.width = embedder.width
    if !DataFile.isText(input) {
      try embed(try PreferenceFile(path: input), output, overwrite, &summary)
    } else if try EmbedFile.holdsTexts(input) {
      try embedTexts(input, output, overwrite, &summary)
    } else {
      var options = ImportOptions()
      (options.keepEmptyCompletions, options.keepIdenticalCompletions) = (true, true)
      let writer = try PreferenceFileWriter(
        creating: output, info: .made(by: "embed", from: input), overwrite: overwrite)
      var sink = Sink(file: self, input: input, writer: writer, summary: summary)
      _ = try Importer.run(source: input, into: &sink, options: options)
      try sink.flush()
      summary = sink.summary
      try finish(writer)
    }
    summary.seconds = RunEnvironment.monotonicSeconds() - started
    return summary
  }

  // MARK: Pairs

  /// Collects records until a window is full.
  private struct Sink: RecordSink {
    let file: EmbedFile
    let input: String
    let writer: PreferenceFileWriter
    var summary: EmbedSummary
    private var records: [PreferenceRecord] = []

    init(file: EmbedFile, input: String, writer: PreferenceFileWriter, summary: EmbedSummary) {
      (self.file, self.input, self.writer, self.summary) = (file, input, writer, summary)
    }

    mutating func append(_ record: PreferenceRecord) throws(DataError) {
      records.append(record)
      if records.count == EmbedFile.window { try flush() }
    }

    mutating func flush() throws(DataError) {
      try file.embed(records, input, writer, &summary)
      records.removeAll(keepingCapacity: true)
    }
  }

  /// A preference file: its texts become features, everything else stays.
  private func embed(
    _ file: PreferenceFile, _ output: String, _ overwrite: Bool, _ summary: inout EmbedSummary
  ) throws(DataError) {
    var info = PreferenceFileInfo.made(by: "embed", from: file.path)
    info.splitUnit = file.splitUnit
    let writer = try PreferenceFileWriter(creating: output, info: info, overwrite: overwrite)
    var first = 0
    while first < file.count {
      let rows = Array(first..<min(file.count, first + EmbedFile.window))
      try embed(try file.records(rows), file.path, writer, &summary)
      first += rows.count
    }
    for (name, rows) in file.splits.sorted(by: { $0.key < $1.key }) {
      try writer.setSplit(name, rows: rows)
    }
    try finish(writer)
  }

  private func embed(
    _ records: [PreferenceRecord], _ input: String, _ writer: PreferenceFileWriter,
    _ summary: inout EmbedSummary
  ) throws(DataError) {
    if records.isEmpty { return }
    if records.contains(where: \.isUnpaired) {
      throw DataError(
        .invalid, file: input, "expected pairs, the data has single completions with labels")
    }
    guard records.allSatisfy({ $0.chosen != nil && $0.rejected != nil }) else {
      throw DataError(.invalid, file: input, "the model embeds texts, the data has none")
    }
    var block = try InMemoryPairs(records).read(Array(records.indices), TextEmbedder.needs)
    block.rows = records.map(\.origin)
    var sequences: [TextEmbedder.Sequences]
    do throws(DataError) {
      sequences = try embedder.sequences(of: block)
    } catch {
      throw DataError(error.kind, file: input, place: error.place, error.message)
    }
    let vectors = vectors(of: sequences, &summary)
    let width = embedder.width
    let values = vectors.array
    for (index, var record) in records.enumerated() {
      let start = 2 * index * width
      record.chosenFeatures = Array(values[start..<start + width])
      record.rejectedFeatures = Array(values[start + width..<start + 2 * width])
      (record.chosen, record.rejected) = (nil, nil)
      try writer.append(record)
    }
  }

  private func vectors(
    of sequences: [TextEmbedder.Sequences], _ summary: inout EmbedSummary
  ) -> Tensor {
    let (tokens, vectors) = (summary.tokens, summary.vectors)
    let result = embedder(sequences, batchTokens: batchTokens) { rows in
      progress(tokens + rows, vectors)
    }
    summary.tokens += sequences.reduce(0) { $0 + $1.rows }
    summary.cut += sequences.count { $0.isCut }
    summary.vectors += result.shape[0]
    return result
  }

  private func finish(_ writer: PreferenceFileWriter) throws(DataError) {
    try writer.setAttribute("embedding", description)
    try writer.finish()
  }

  /// How the vectors were made, as JSON.
  private var description: String {
    var entries: [ConfigNode.Entry] = [
      .init(key: "model", value: model.configNode),
      .init(key: "pooling", value: embedder.pooling.rawValue.configNode),
      .init(key: "normalized", value: embedder.normalizes.configNode),
    ]
    if let limit = embedder.maxLength {
      entries.append(.init(key: "max_length", value: limit.configNode))
    }
    var writer = JSONWriter()
    writer.write(ConfigNode(.table(entries)))
    return writer.string
  }

  // MARK: Texts

  /// Whether the first row has a text and is no pair.
  private static func holdsTexts(_ input: String) throws(DataError) -> Bool {
    if input.lowercased().hasSuffix(".csv") { return false }
    var objects = try JSONObjects(path: input)
    guard let first = try objects.next() else { return false }
    return first["text"] != nil && first["chosen"] == nil
  }

  private func embedTexts(
    _ input: String, _ output: String, _ overwrite: Bool, _ summary: inout EmbedSummary
  ) throws(DataError) {
    let writer = try FloatMatrixWriter(
      creating: output, name: "embeddings", width: embedder.width, overwrite: overwrite)
    var objects = try JSONObjects(path: input)
    var window: [TextEmbedder.Sequences] = []
    while let object = try objects.next() {
      window.append(try sequence(object))
      if window.count < 2 * EmbedFile.window { continue }
      try writer.append(vectors(of: window, &summary))
      window.removeAll(keepingCapacity: true)
    }
    try writer.append(vectors(of: window, &summary))
    try writer.setAttribute("embedding", description)
    try writer.finish()
  }

  private func sequence(_ object: JSONObjects.Object) throws(DataError) -> TextEmbedder.Sequences {
    func error(_ message: String) -> DataError {
      DataError(.invalid, file: object.file, place: "line \(object.line)", message)
    }
    guard let node = object["text"] else { throw error("row has no text, the first row has one") }
    guard case .string(let text) = node.value else {
      throw error("text: expected a string, found \(node.kind)")
    }
    guard let sequence = embedder.sequence(of: text) else { throw error("text has no tokens") }
    return sequence
  }
}
