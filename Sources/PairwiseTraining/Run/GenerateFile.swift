internal import PairwiseConfig
public import PairwiseData
public import PairwiseModels
internal import PairwiseText
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
  private let model: CausalLM
  private let encoder: PromptEncoder
  private let options: GenerationOptions
  private let batchSize: Int
  private let progress: (_ prompts: Int, _ tokens: Int) -> Void

  /// Loads a language model: a folder of Hugging Face, of a run or of an adapter, or a GGUF file.
  ///
  /// - Parameter chat: whether a prompt that is plain text is one message of the user.
  /// - Throws: also if the model has no output over tokens.
  public init(
    model path: String, chat: Bool = false, options: GenerationOptions = .init(),
    batchSize: Int = 8, progress: @escaping (_ prompts: Int, _ tokens: Int) -> Void = { _, _ in }
  ) throws(DataError) {
    guard let model = try ModelDirectory.load(path).model as? CausalLM else {
      throw DataError(
        .invalid, file: path, "is a reward model: it scores completions, it does not write them")
    }
    self.model = model
    encoder = try PromptEncoder(model, chat: chat)
    self.options = options
    self.batchSize = batchSize
    self.progress = progress
  }

  /// Prompts that are held at a time: enough for a batch to stay full.
  private var window: Int { 16 * batchSize }

  /// Writes `index, prompt, completion, tokens` and the input's further columns. The output is there in
  /// full or not at all.
  public func run(input: String, output: String) throws(DataError) -> GenerateSummary {
    let started = RunEnvironment.monotonicSeconds()
    var summary = GenerateSummary()
    var rows = try PromptRows(path: input)
    try FileAccess.replace(output) { (file) throws(DataError) in
      var pending: [PromptRow] = []
      while let row = try rows.next() {
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
    var prompts: [TokenPrompt] = []
    for row in rows {
      do throws(TextError) {
        prompts.append(try encoder.encode(row.prompt))
      } catch {
        throw DataError(
          .invalid, file: input, place: row.place, "\(error.file) \(error.message)")
      }
    }
    let (first, before) = (summary.prompts, summary.tokens)
    var made = 0
    let completions = model.generate(
      prompts, options: options, firstIndex: first, batchSize: batchSize
    ) { tokens, finished in
      made += tokens
      progress(first + finished, before + made)
    }
    var writer = JSONWriter()
    for (row, completion) in zip(rows, completions) {
      write(row, completion, index: summary.prompts, to: &writer)
      summary.prompts += 1
      summary.tokens += completion.tokens.count
      summary.ended += completion.isEnded ? 1 : 0
    }
    return writer.bytes
  }

  private func write(
    _ row: PromptRow, _ completion: Completion, index: Int, to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("index")
    writer.value(index)
    writer.key("prompt")
    writer.write(row.prompt.node)
    writer.key("completion")
    writer.value(encoder.text(of: completion))
    writer.key("tokens")
    writer.value(completion.tokens.count)
    for entry in row.columns {
      // A name of ours gets `data_` in front.
      let isOurs = ["index", "completion", "tokens"].contains(entry.key)
      writer.key(isOurs ? "data_" + entry.key : entry.key)
      writer.write(entry.value)
    }
    writer.endObject()
    writer.endLine()
  }
}
