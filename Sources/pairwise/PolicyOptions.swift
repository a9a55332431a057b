import ArgumentParser
import Pairwise

/// What a policy's scores are taken against.
struct PolicyOptions: ParsableArguments {
  @Option(help: "A policy to compare with: scores are then beta * (log-prob - its log-prob).")
  var reference: String?

  @Option(help: "Scale of a policy's implicit reward; default: what it was trained with, or 1.")
  var beta: Double?

  func validate() throws {
    if let beta, !(beta > 0 && beta.isFinite) { throw ValidationError("--beta must be > 0") }
  }

  func scorer(_ model: String) throws -> PairScorer {
    try PairScorer(model: model, reference: reference, beta: beta)
  }
}

extension PairScorer {
  /// Pairs to score at once: few of language models, whose tokens take memory.
  func usualBatchSize(_ size: Int) -> Int { needs.texts && !(model is TextHashModel) ? 16 : size }
}
