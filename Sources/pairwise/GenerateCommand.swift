import ArgumentParser
import Pairwise

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Complete prompts with a policy.",
    discussion: """
      Writes one JSON line a prompt, in input order: index, prompt, completion, tokens (how many are new), and the \
      input's further columns. With --samples a line has a list of completions and of tokens. A completion depends on its \
      prompt, its index and the seed alone, not on the batch.
      """)

  @Option(
    help: "The model: final/ of a run, a Hugging Face folder, an adapter's folder or a GGUF file.")
  var model: String

  @Option(help: "Prompts, texts or message lists, or preference pairs: JSONL or HDF5.")
  var input: String

  @Option(help: "The JSONL file to write.")
  var output: String

  @Option(help: "Most new tokens of a completion.")
  var maxNewTokens = 128

  @Option(help: "Divides the logits; 0 always takes the most likely token.")
  var temperature = 0.0

  @Option(help: "Draw from the most likely tokens that hold this probability together.")
  var topP = 1.0

  @Option(help: "Decides what is drawn.")
  var seed: UInt64 = 0

  @Option(help: "Completions of each prompt; more than one are drawn, so give a temperature.")
  var samples = 1

  @Option(help: "Completions made at once. They do not depend on it.")
  var batchSize = 8

  @Flag(help: "Take a prompt that is a string as one message of a user.")
  var chat = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  func validate() throws {
    if !(1...1_048_576).contains(maxNewTokens) {
      throw ValidationError("--max-new-tokens must be in 1 ... 1048576")
    }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be a number ≥ 0")
    }
    if !(topP > 0 && topP <= 1) { throw ValidationError("--top-p must be > 0 and ≤ 1") }
    if !(1...PairColumn.mostCompletions).contains(samples) {
      throw ValidationError("--samples must be in 1 ... \(PairColumn.mostCompletions)")
    }
    if samples > 1, temperature == 0 {
      throw ValidationError(
        "--samples without --temperature gives the most likely completion \(samples) times")
    }
    if !(1...4096).contains(batchSize) {
      throw ValidationError("--batch-size must be in 1 ... 4096")
    }
  }

  func run() throws {
    TensorMemory.keepFreedBlocks()
    let bar = ProgressBar("generating", total: nil)
    let options = GenerationOptions(
      maxNewTokens: maxNewTokens, temperature: temperature, topP: topP, seed: seed)
    let file = try GenerateFile(
      model: model, chat: chat, options: options, samples: samples, batchSize: batchSize
    ) {
      bar.update($1, "tokens, \($0) prompts")
    }
    let summary = try file.run(input: input, output: output)
    bar.clear()
    report(summary)
  }

  private func report(_ summary: GenerateSummary) {
    let rate = Double(summary.tokens) / max(1e-9, summary.seconds)
    if json {
      return Terminal.result(
        json: ConfigNode(
          .table([
            .init(key: "prompts", value: summary.prompts.configNode),
            .init(key: "tokens", value: summary.tokens.configNode),
            .init(key: "ended", value: summary.ended.configNode),
            .init(key: "seconds", value: summary.seconds.configNode),
            .init(key: "tokens_per_second", value: rate.configNode),
          ])))
    }
    Terminal.result(
      "\(Terminal.grouped(summary.prompts * samples)) completions, \(Terminal.grouped(summary.ended)) of them ended, "
        + "\(Terminal.grouped(summary.tokens)) tokens in \(Terminal.duration(summary.seconds)), "
        + "\(Terminal.fixed(rate, 1)) a second → \(output)")
  }
}
