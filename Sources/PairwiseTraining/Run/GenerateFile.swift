internal import PairwiseConfig
public import PairwiseData
public import PairwiseModels
internal import SystemPackage

/// What generating for a file made, besides the file it wrote.
public struct GenerateSummary: Sendable {
  public var prompts = 0
  /// New tokens.
  public var tokens = 0
  /// Completions that ended by themselves, rather than at the limit.
  public var ended = 0
  public var seconds = 0.0
}

/// Completes the prompts of a file into JSON Lines: one line a prompt in input order, memory bounded by
/// a window of prompts.
public struct GenerateFile {
  private let writer: CompletionWriter
  private let options: GenerationOptions
  private let samples: Int
  private let batchSize: Int
  private let progress: (_ prompts: Int, _ tokens: Int) -> Void

  /// Loads a language model (a folder of Hugging Face, of a run or of an adapter, or a GGUF file), or a table.
  ///
  /// - Parameters:
  ///   - chat: whether a prompt that is plain text is one message of the user.
  ///   - samples: completions of each prompt. With more than one a line has a list of them.
  /// - Throws: also if the model has no output over tokens.
  public init(
    model path: String, chat: Bool = false, options: GenerationOptions = .init(), samples: Int = 1,
    batchSize: Int = 8, progress: @escaping (_ prompts: Int, _ tokens: Int) -> Void = { _, _ in }
  ) throws(DataError) {
    precondition(samples >= 1, "generate: \(samples) completions of a prompt")
    writer = try CompletionWriter(ModelDirectory.load(path).model, path: path, chat: chat)
    self.samples = samples
    self.options = options
    self.batchSize = batchSize
    self.progress = progress
  }

  /// Prompts that are held at a time: enough for a batch to stay full.
  private var window: Int { 16 * batchSize }

  /// Writes `index, prompt, completion, tokens` and the input's further columns, or `completions` and a list of
  /// `tokens`. The output is there in full or not at all.
  ///
  /// - Parameter most: prompts that are read at most.
  public func run(input: String, output: String, most: Int = .max) throws(DataError)
    -> GenerateSummary
  {
    let started = RunEnvironment.monotonicSeconds()
    var summary = GenerateSummary()
    var rows = try PromptRows(path: input)
    try FileAccess.replace(output) { (file) throws(DataError) in
      var pending: [PromptRow] = []
      while summary.prompts + pending.count < most, let row = try rows.next() {
        pending.append(row)
        if pending.count < window { continue }
        try FileAccess.append(try lines(pending, input, &summary), to: file, output)
        pending.removeAll(keepingCapacity: true)
      }
      try FileAccess.append(try lines(pending, input, &summary), to: file, output)
      if summary.prompts == 0 { throw DataError(.invalid, file: input, "holds no prompts") }
    }
    summary.seconds = RunEnvironment.monotonicSeconds() - started
    return summary
  }

  /// Completes some prompts and writes their lines.
  private func lines(
    _ rows: [PromptRow], _ input: String, _ summary: inout GenerateSummary
  ) throws(DataError) -> [UInt8] {
    let (first, before) = (summary.prompts, summary.tokens)
    var made = 0
    let completions = try writer.write(
      rows.map(\.prompt), samples: samples, options: options, firstIndex: first,
      batchSize: batchSize, file: input, place: { rows[$0].place }
    ) { tokens, finished in
      made += tokens
      progress(first + finished / samples, before + made)
    }
    var lines = JSONWriter()
    for (index, row) in rows.enumerated() {
      let own = completions[index * samples..<(index + 1) * samples]
      write(row, own, index: summary.prompts, to: &lines)
      summary.prompts += 1
      summary.tokens += own.reduce(0) { $0 + $1.tokens }
      summary.ended += own.count { $0.isEnded }
    }
    return lines.bytes
  }

  private func write(
    _ row: PromptRow, _ completions: ArraySlice<CompletionWriter.Written>, index: Int,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("index")
    writer.value(index)
    writer.key("prompt")
    writer.write(row.prompt.node)
    let key = samples == 1 ? "completion" : "completions"
    let (texts, tokens) = (completions.map(\.text), completions.map(\.tokens))
    writer.key(key)
    writer.write(samples == 1 ? texts[0].configNode : texts.configNode)
    writer.key("tokens")
    writer.write(samples == 1 ? tokens[0].configNode : tokens.configNode)
    for entry in row.columns {
      // A name of ours gets `data_` in front.
      let isOurs = ["index", key, "tokens"].contains(entry.key)
      writer.key(isOurs ? "data_" + entry.key : entry.key)
      writer.write(entry.value)
    }
    writer.endObject()
    writer.endLine()
  }
}
