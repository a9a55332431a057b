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

  private func train(_ head: String, _ objective: String, more: [String] = []) throws {
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
    let outcome = try Program.run(
      ["train", "a.yaml", "--output", ".", "--overwrite"] + more, in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    // Prototypes beyond the number of people are worth a word.
    let isMany = outcome.errors.contains("model.head.prototypes: 7 for 6 annotators")
    #expect(isMany == head.contains("prototypes: 7"), "\(outcome)")
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
      (
        "{kind: mixture, heads: 2, router: annotator, new_user: mean}",
        "{name: mixture_bt, alpha: 0}"
      ),
      ("{kind: mixture, heads: 2, router: inferred}", "{name: mixture_bt, alpha: 0}"),
      ("{kind: ideal_point, form: linear, new_user: uniform}", "{name: pal, loss: logistic}"),
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

  private static let byName = "{kind: mixture, heads: 2, router: annotator"

  /// What `score` and `evaluate` say of ten pairs, the last of them judged by somebody else.
  private func outcomes(_ name: String?, _ context: [String] = []) throws -> [Outcome] {
    try folder.write("new.jsonl", rows(200..<209) { _ in "u1" } + rows(209..<210) { _ in name })
    return try [
      ["score", "--model", "m/final", "--input", "new.jsonl", "--output", "s.jsonl"],
      ["evaluate", "--model", "m/final", "--data", "new.jsonl"],
    ].map { try Program.run($0 + context, in: folder) }
  }

  /// §5.3: an unknown user at evaluation is an error, unless `new_user: uniform`.
  @Test func refusesStrangers() throws {
    try train(Self.byName + "}", "{name: mixture_bt, alpha: 0}")
    for (name, found) in [("new", "annotator 'new'"), (nil, "no annotator")] {
      for outcome in try outcomes(name) {
        #expect(outcome.code == 65, "\(outcome)")
        #expect(
          outcome.errors.contains(
            "new.jsonl: line 10: found \(found), the model goes by the annotators of its training pairs: --context FILE"
          ), "\(outcome)")
      }
      #expect(!folder.exists("s.jsonl"))
    }
    #expect(try outcomes("u2").map(\.code) == [0, 0])
    try folder.write("context.jsonl", rows(300..<312) { _ in "new" })
    for outcome in try outcomes("new", ["--context", "context.jsonl"]) {
      #expect(outcome.code == 0 && !outcome.errors.contains("does not know"), "\(outcome)")
    }
    // HDF5 has rows.
    _ = try outcomes("new")
    let made = try Program.run(["data", "import", "new.jsonl", "--output", "new.h5"], in: folder)
    try #require(made.code == 0, "\(made)")
    for command in [["score", "--input"], ["evaluate", "--data"]] {
      let output = command[0] == "score" ? ["--output", "s.jsonl"] : []
      let outcome = try Program.run(
        [command[0], "--model", "m/final", command[1], "new.h5"] + output, in: folder)
      #expect(outcome.code == 65, "\(outcome)")
      #expect(outcome.errors.contains("new.h5: row 9: found annotator 'new'"), "\(outcome)")
    }
  }

  @Test("says how it scores strangers that the config allows", arguments: ["uniform", "mean"])
  func tellsOfStrangers(newUser: String) throws {
    try train(Self.byName + ", new_user: \(newUser)}", "{name: mixture_bt, alpha: 0}")
    let how = newUser == "mean" ? "by the mean" : "as if all its parts counted the same"
    for (name, who) in [("new", "annotator new"), (nil, "pairs without annotator")] {
      for (command, outcome) in try outcomes(name).enumerated() where name != nil || command == 0 {
        #expect(outcome.code == 0, "\(outcome)")
        if name == nil { continue }
        #expect(
          outcome.errors.contains("the model does not know \(who): it scores them \(how)"),
          "\(outcome)")
      }
    }
    #expect(try outcomes("u1").allSatisfy { !$0.errors.contains("does not know") })
  }

  /// Somebody who judged held-out pairs alone is a stranger too, and is found before any work.
  @Test func refusesStrangersAmongHeldOutPairs() throws {
    try train(Self.byName + "}", "{name: mixture_bt, alpha: 0}")
    try folder.write("held.jsonl", rows(400..<420) { $0 < 412 ? "u1" : "only here" })
    let extra = ["--set", "data.validation=held.jsonl", "--set", "run.name=v"]
    let arguments = ["train", "a.yaml", "--output", "."] + extra
    let refused = try Program.run(arguments, in: folder)
    #expect(refused.code == 65, "\(refused)")
    #expect(
      refused.errors.contains(
        "held.jsonl: line 13: found annotator 'only here', expected one of the training pairs'; "
          + "model.head.new_user: uniform takes new ones, and score --context FILE"), "\(refused)")
    #expect(!folder.exists("v"))
    let taken = try Program.run(
      arguments + ["--set", "model.head.new_user=uniform"], in: folder)
    #expect(taken.code == 0, "\(taken)")
  }

  /// §5.5: told nothing the model is a coin, told another name (people of opposite taste follow each other) it is wrong.
  @Test func comparesContexts() throws {
    try train("{kind: context, by: annotator}", "{name: bradley_terry}")
    try folder.write("new.jsonl", rows(200..<260) { "u\($0 % 6)" })
    let arguments = ["evaluate", "--model", "m/final", "--data", "new.jsonl", "--contexts"]
    let outcome = try Program.run(arguments + ["--output", "e.json"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.contains("accuracy with another name"), "\(outcome)")
    let found = try JSONObject(folder.text("e.json"))
    #expect(found.number("accuracy") == 1)
    #expect(found["contexts"]?["wrong"]?["accuracy"]?.number == 0)
    let without = try #require(found["contexts"]?["without"]?["accuracy_half"]?.number)
    #expect(abs(without - 0.5) < 0.1, "\(without)")
    try train("{kind: scalar}", "{name: bradley_terry}")
    let refused = try Program.run(arguments, in: folder)
    #expect(refused.code == 65)
    #expect(
      refused.errors.contains("--contexts needs a model that goes by annotators or groups"),
      "\(refused)")
  }

  /// What `metrics.jsonl` says of people whom the training pairs have and of others, and of prototypes.
  @Test func logsWhomItKnows() throws {
    try folder.write("held.jsonl", rows(400..<420) { $0 < 410 ? "u\($0 % 6)" : "only here" })
    try train(
      "{kind: ideal_point, dimension: 3, prototypes: 7, new_user: uniform}",
      "{name: pal, loss: logistic}", more: ["--set", "data.validation=held.jsonl"])
    let line = try #require(try folder.objects("m/metrics.jsonl").last { $0["eval_loss"] != nil })
    #expect(line.number("eval_accuracy_known") == 1, "\(line)")
    #expect((line.number("eval_accuracy_new") ?? 1) < 0.8, "\(line)")
    #expect((line.number("eval_users/entropy") ?? -1) > 0, "\(line)")
    #expect((line.number("eval_prototypes/unused") ?? 0) >= 1, "\(line)")
    #expect((line.number("eval_prototypes/distance/5/6") ?? 0) > 0, "\(line)")
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
