import PairwiseConfig
import PairwiseData
import PairwiseTestSupport
import Testing

/// A head on a frozen text encoder, from the config to the scores.
@Suite(.enabled(if: Program.isBuilt), .serialized)
struct HeadedCommandTests {
  private let folder = TemporaryDirectory()

  private func rows(_ range: Range<Int>, _ name: (Int) -> String) -> String {
    range.map { row in
      let (long, short) = ("one two three four \(row)", "one \(row)")
      let isLong = row % 2 == 0
      return "{\"prompt\": \"p\(row)\", \"chosen\": \"\(isLong ? long : short)\", "
        + "\"rejected\": \"\(isLong ? short : long)\", \"annotator\": \"\(name(row))\"}\n"
    }.joined()
  }

  private func score(_ batchSize: Int, threads: String = "") throws -> [Double] {
    let outcome = try Program.run(
      [
        "score", "--model", "m/final", "--input", "new.jsonl", "--output", "s.jsonl",
        "--batch-size", "\(batchSize)", "--context", "judged.jsonl",
      ], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return try folder.objects("s.jsonl").compactMap { $0.number("margin") }
  }

  @Test("trains on kept vectors, is told who judges, and scores the same in any batches")
  func endToEnd() throws {
    try TinyEncoder.write(to: folder.file("encoder"))
    try folder.write("train.jsonl", rows(0..<80) { "u\($0 % 4)" })
    try folder.write("judged.jsonl", rows(100..<120) { "new\($0 % 2)" })
    try folder.write("new.jsonl", rows(200..<220) { "new\($0 % 2)" })
    try folder.write(
      "a.yaml",
      """
      run: {name: m}
      model: {kind: encoder, path: encoder, pooling: mean, freeze: true, head: {kind: mixture, heads: 2, router: annotator}}
      data: {train: train.jsonl, validation_fraction: 0.2}
      objective: {name: mixture_bt, alpha: 0}
      optimizer: {learning_rate: 0.05, max_grad_norm: 0}
      trainer: {num_train_epochs: 30, batch_size: 16, report: false}
      """)
    let trained = try Program.run(["train", "a.yaml", "--output", "."], in: folder)
    try #require(trained.code == 0, "\(trained)")
    #expect(trained.errors.contains("vectors of the frozen layers"), "\(trained)")
    let margins = try score(256)
    #expect(margins.count == 20 && margins.count { $0 > 0 } >= 19, "\(margins)")
    #expect(try score(3) == margins)
    let info = try Program.run(["model", "info", "m/final", "--json"], in: folder)
    let node = try JSON.parse(Array(info.output.utf8))
    #expect(node["freeze"]?.value == .bool(true) && node["head"]?["heads"]?.value == .int(2))
    let gone = try Program.run(
      ["score", "--model", "m/final", "--input", "new.jsonl", "--output", "t.jsonl"], in: folder,
      shell: "rm -r encoder")
    #expect(gone.code != 0 && gone.errors.contains("encoder"), "\(gone)")
  }
}
