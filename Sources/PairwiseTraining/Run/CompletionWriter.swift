internal import PairwiseData
internal import PairwiseModels
internal import PairwiseText

/// Lets a policy write: a language model token by token, a table one of its completions.
struct CompletionWriter {
  struct Written {
    var text: String
    /// New tokens; of a table 1.
    var tokens: Int
    /// Whether it ended by itself, rather than at the limit.
    var isEnded: Bool
  }

  private enum Policy {
    case language(CausalLM, PromptEncoder)
    case table(TabularSampler)
  }

  private let policy: Policy

  /// - Parameters:
  ///   - path: what messages call the model.
  ///   - chat: whether a prompt that is plain text is one message of the user.
  /// - Throws: for a model that does not write, or has no output over tokens.
  init(_ model: any Model, path: String, chat: Bool = false) throws(DataError) {
    switch model {
    case let model as CausalLM: policy = .language(model, try PromptEncoder(model, chat: chat))
    case let table as TabularPolicy: policy = .table(try TabularSampler(table))
    default:
      throw DataError(
        .invalid, file: path, "is a reward model: it scores completions, it does not write them")
    }
  }

  /// `samples` completions of each prompt, one after the other. Each depends on its prompt, its number and the
  /// options alone.
  ///
  /// - Parameters:
  ///   - firstIndex: the number of the first prompt among all.
  ///   - file: what messages call the prompts, whose places `place` gives.
  ///   - progress: called with tokens made and completions done.
  /// - Throws: for a prompt that cannot be read, by its place.
  func write(
    _ prompts: [PreferenceText], samples: Int, options: GenerationOptions, firstIndex: Int = 0,
    batchSize: Int, file: String, place: (Int) -> String,
    progress: (_ tokens: Int, _ done: Int) -> Void = { _, _ in }
  ) throws(DataError) -> [Written] {
    switch policy {
    case .language(let model, let encoder):
      var encoded: [TokenPrompt] = []
      for (index, prompt) in prompts.enumerated() {
        do throws(TextError) {
          encoded += repeatElement(try encoder.encode(prompt), count: samples)
        } catch {
          throw DataError(
            .invalid, file: file, place: place(index), "\(error.file) \(error.message)")
        }
      }
      return model.generate(
        encoded, options: options, firstIndex: firstIndex * samples, batchSize: batchSize,
        progress: progress
      ).map { Written(text: encoder.text(of: $0), tokens: $0.tokens.count, isEnded: $0.isEnded) }
    case .table(let table):
      var written: [Written] = []
      for (index, prompt) in prompts.enumerated() {
        guard case .plain(let text) = prompt else {
          throw DataError(
            .invalid, file: file, place: place(index), "is a conversation, a table knows texts")
        }
        for sample in 0..<samples {
          do throws(DataError) {
            let drawn = try table.draw(
              text, index: (firstIndex + index) * samples + sample, options: options)
            written.append(Written(text: drawn, tokens: 1, isEnded: true))
          } catch {
            throw DataError(.invalid, file: file, place: place(index), error.message)
          }
        }
      }
      progress(written.count, written.count)
      return written
    }
  }
}
