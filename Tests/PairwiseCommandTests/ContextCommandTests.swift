import PairwiseConfig
import PairwiseData
import Testing

/// `--context`: scoring for somebody whom the model gets to know from pairs they judged.
@Suite(.enabled(if: Program.isBuilt), .serialized)
struct ContextCommandTests {
  private let folder = TemporaryDirectory()

  /// Pairs of a long and a short answer; even annotators take the long one, odd ones the short one.
  private func rows(_ range: Range<Int>, _ name: (Int) -> String?) -> String {
    range.map { row in
      let (long, short) = ("One. Two, three. Four five six \(row).", "One \(row).")
      let isLong = row % 2 == 0
      let annotator = name(row).map { ", \"annotator\": \"\($0)\"" } ?? ""
      return "{\"prompt\": \"p\(row)\", \"chosen\": \"\(isLong ? long : short)\", "
        + "\"rejected\": \"\(isLong ? short : long)\"\(annotator)}\n"
    }.joined()
  }

  private func train(_ head: String, _ objective: String) throws {
    try folder.write("train.jsonl", rows(0..<120) { "u\($0 % 6)" })
    let style =
      "bucket_bits: 8, char_weight: 0, char_gram_min: 2, char_gram_max: 1, word_weight: 0, word_pair_weight: 0, length_weight: 1"
    try folder.write(
      "a.yaml",
      """
      run: {name: m}
      model: {kind: text_hash, \(style), head: \(head)}
      data: {train: train.jsonl}
      objective: \(objective)
      optimizer: {learning_rate: 0.02, max_grad_norm: 0}
      trainer: {num_train_epochs: 40, batch_size: 12, report: false}
      """)
    let outcome = try Program.run(["train", "a.yaml", "--output", ".", "--overwrite"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
  }

  private func score(_ context: String?, batchSize: Int = 256) throws -> [Double] {
    let outcome = try Program.run(
      ["score", "--model", "m/final", "--input", "new.jsonl", "--output", "s.jsonl"]
        + ["--batch-size", "\(batchSize)"] + (context.map { ["--context", $0] } ?? []), in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return try folder.objects("s.jsonl").compactMap { $0.number("margin") }
  }

  @Test(
    "serves people that the model has never seen",
    arguments: [
      ("{kind: mixture, heads: 2, router: annotator}", "{name: mixture_bt, alpha: 0}"),
      ("{kind: mixture, heads: 2, router: inferred}", "{name: mixture_bt, alpha: 0}"),
      ("{kind: ideal_point, form: linear}", "{name: pal, loss: logistic}"),
      (
        "{kind: variational, latent_size: 4, hidden_size: 16}", "{name: vpl, kl_weight: 0.001}"
      ),
    ])
  func newPeople(_ head: String, _ objective: String) throws {
    try train(head, objective)
    let stranger: (Int) -> String? = { "new\($0 % 2)" }
    try folder.write("new.jsonl", rows(200..<230, stranger))
    try folder.write("context.jsonl", rows(300..<312, stranger))
    let (blind, told) = (try score(nil), try score("context.jsonl"))
    #expect(blind.filter { $0 > 0 }.count <= 18, "\(blind)")
    #expect(told.filter { $0 > 0 }.count == 30, "\(told)")
    #expect(try score("context.jsonl", batchSize: 7) == told)
    // Whom it was trained on the model serves from `final/` alone, and beside new people.
    try folder.write("new.jsonl", rows(400..<430) { "u\($0 % 6)" })
    let known = try score(nil)
    #expect(known.filter { $0 > 0 }.count == 30, "\(known)")
    #expect(try score("context.jsonl") == known)
    // Rows without an annotator are of one person, who stands for everybody unknown.
    try folder.write("new.jsonl", rows(200..<230) { $0 % 2 == 1 ? nil : "u0" })
    try folder.write(
      "short.jsonl",
      rows(300..<312) { _ in nil }.split(separator: "\n").enumerated()
        .filter { $0.offset % 2 == 1 }.map { $0.element + "\n" }.joined())
    let one = try score("short.jsonl")
    for row in stride(from: 1, to: 30, by: 2) { #expect(one[row] > 0, "row \(row)") }
  }

  /// A misspelt name is no error, since a mean of everybody is what a stranger gets; it is said.
  @Test func tellsOfStrangers() throws {
    try train("{kind: mixture, heads: 2, router: annotator}", "{name: mixture_bt, alpha: 0}")
    func remarks(_ name: String?) throws -> [Bool] {
      try folder.write("new.jsonl", rows(200..<210) { _ in name })
      return try [
        ["score", "--model", "m/final", "--input", "new.jsonl", "--output", "s.jsonl"],
        ["evaluate", "--model", "m/final", "--data", "new.jsonl"],
      ].map { arguments in
        let outcome = try Program.run(arguments, in: folder)
        try #require(outcome.code == 0, "\(outcome)")
        let who = name.map { "annotator \($0)" } ?? "pairs without annotator"
        return outcome.errors.contains("the model does not know \(who): it scores them by the mean")
      }
    }
    #expect(try remarks("new") == [true, true])
    #expect(try remarks(nil) == [true, true])
    #expect(try remarks("u1") == [false, false])
  }

  @Test func isRefusedWhereItMeansNothing() throws {
    try train("{kind: scalar}", "{name: bradley_terry}")
    try folder.write("new.jsonl", rows(0..<4) { _ in nil })
    let outcome = try Program.run(
      ["score", "--model", "m/final", "--input", "new.jsonl", "--output", "s.jsonl"]
        + ["--context", "new.jsonl"], in: folder)
    #expect(outcome.code == 65)
    #expect(outcome.errors.contains("does not depend on who judges"), "\(outcome)")
    #expect(!folder.exists("s.jsonl"))
  }
}
