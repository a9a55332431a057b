public import ArgumentParser
public import Pairwise

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Turn texts into vectors with a text encoder or a language model.",
    discussion: """
      Preference pairs become an HDF5 dataset with the vectors of prompt + chosen and prompt + rejected as features, \
      which `model: {kind: features}` trains on; labels, weights, groups and splits stay. JSONL rows with a `text` \
      become a dataset `embeddings` [N, D]. A vector depends on its text alone.
      """)

  @Option(
    help: "The model: a Hugging Face folder, final/ of a run, an adapter's folder or a GGUF file.")
  var model: String

  @Option(help: "Pairs (JSONL or HDF5), or texts (JSONL rows with a text).")
  var input: String

  @Option(help: "The HDF5 file to write.")
  var output: String

  @Option(help: "Most tokens of a text. By default what the model's files say.")
  var maxLength: Int?

  @Option(help: "Which of the tokens' states are the vector: mean, cls (the first) or last.")
  var pooling: EmbeddingOptions.Pooling?

  @Flag(
    inversion: .prefixedNo,
    help: "Divide vectors by their length. By default what the model's files say.")
  var normalize: Bool?

  @Option(
    help:
      "What is cut of a pair that is too long: keep_start cuts the end, keep_prompt_end the prompt's start."
  )
  var truncation = TokenOptions.Truncation.keepStart

  @Option(help: "Tokens computed at once by a thread. Vectors do not depend on it.")
  var batchTokens = 1024

  @Flag(help: "Replace the output if it exists.")
  var overwrite = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  func validate() throws {
    if let maxLength, !(1...1_048_576).contains(maxLength) {
      throw ValidationError("--max-length must be in 1 ... 1048576")
    }
    if !(1...1_048_576).contains(batchTokens) {
      throw ValidationError("--batch-tokens must be in 1 ... 1048576")
    }
  }

  func run() throws {
    TensorMemory.keepFreedBlocks()
    let bar = ProgressBar("embedding", total: nil)
    let options = EmbeddingOptions(
      pooling: pooling, maxLength: maxLength, normalizes: normalize, truncation: truncation)
    let file = try EmbedFile(model: model, options: options, batchTokens: batchTokens) {
      bar.update($0, "tokens, \(Terminal.grouped($1)) vectors")
    }
    let summary = try file.run(input: input, output: output, overwrite: overwrite)
    bar.clear()
    report(summary)
  }

  private func report(_ summary: EmbedSummary) {
    let rate = Double(summary.tokens) / max(1e-9, summary.seconds)
    if json {
      return Terminal.result(
        json: ConfigNode(
          .table([
            .init(key: "vectors", value: summary.vectors.configNode),
            .init(key: "width", value: summary.width.configNode),
            .init(key: "tokens", value: summary.tokens.configNode),
            .init(key: "cut", value: summary.cut.configNode),
            .init(key: "seconds", value: summary.seconds.configNode),
            .init(key: "tokens_per_second", value: rate.configNode),
          ])))
    }
    Terminal.result(
      "\(Terminal.grouped(summary.vectors)) vectors of \(summary.width)"
        + (summary.cut > 0 ? ", \(Terminal.grouped(summary.cut)) cut" : "")
        + ", \(Terminal.grouped(summary.tokens)) tokens in \(Terminal.duration(summary.seconds)), "
        + "\(Terminal.grouped(Int(rate))) a second → \(output)")
  }
}

extension EmbeddingOptions.Pooling: ExpressibleByArgument {}
extension TokenOptions.Truncation: ExpressibleByArgument {}
