import ArgumentParser
import Pairwise

/// Pairs from which a model gets to know who judges.
struct ContextOption: ParsableArguments {
  @Option(
    help: """
      Pairs that somebody judged (JSONL or HDF5), for models that depend on who judges: they say what the model \
      is to expect of annotators it does not know. Rows without an annotator are of one person.
      """)
  var context: String?

  func applied(to scorer: PairScorer) throws -> PairScorer {
    guard let context else { return scorer }
    let file = try DataFile.open(context, dropInvalid: false, cache: nil)
    return try scorer.learning(from: file.source, named: context)
  }
}
