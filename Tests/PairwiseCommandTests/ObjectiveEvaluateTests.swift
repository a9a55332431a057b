import PairwiseConfig
import PairwiseData
import Testing

/// `objective evaluate` on the reference cases, which are float64 numbers with a tolerance each.
@Suite(.enabled(if: Program.isBuilt && Program.shared != nil))
struct ObjectiveEvaluateTests {
  /// Every case: there is no objective that the program lacks.
  @Test(arguments: [
    "dpo-family.json", "modpo.json", "token-level.json", "reference-free.json", "unpaired.json",
    "extra-inputs.json", "mixed.json", "sft-rl.json", "reward-pairwise.json",
  ])
  func cases(file: String) throws {
    let folder = TemporaryDirectory()
    let all = try cases(file)
    let known = try knownNames()
    let cases = all.filter { names(of: $0).isSubset(of: known) }
    try #require(!cases.isEmpty)
    #expect(cases.count == all.count, "objectives are missing")
    try write(cases, to: folder)
    let outcome = try evaluate(folder)
    try #require(outcome.code == 0, "\(outcome)")
    let results = try JSONObject(outcome.output).list("cases").map { JSONObject($0) }
    try #require(results.count == cases.count)
    for (result, wanted) in zip(results, cases) {
      #expect(result.string("id") == wanted.string("id"))
      let tolerance = try #require(wanted["tolerance"])
      let expected = JSONObject(try #require(wanted["expected"]))
      for key in expected.keys {
        compare(
          result[key], expected[key], tolerance["absolute"]?[key],
          relative: try #require(tolerance["relative"]?.number),
          "\(wanted.string("id") ?? "") \(key)")
      }
    }
  }

  private func compare(
    _ got: ConfigNode?, _ want: ConfigNode?, _ absolute: ConfigNode?, relative: Double,
    _ place: String
  ) {
    guard let want else { return }
    if case .table(let entries) = want.value {
      for entry in entries {
        compare(
          got?[entry.key], entry.value, absolute?[entry.key] ?? absolute, relative: relative,
          "\(place).\(entry.key)")
      }
    } else if let list = want.list {
      #expect(got?.list?.count == list.count, "\(place)")
      for (index, (a, b)) in zip(got?.list ?? [], list).enumerated() {
        compare(a, b, absolute, relative: relative, "\(place)[\(index)]")
      }
    } else if let number = want.number {
      let allowed = (absolute?.number ?? 0) + relative * abs(number)
      let found = got?.number ?? .nan
      #expect(abs(found - number) <= allowed, "\(place): \(found), expected \(number)")
    }
  }

  @Test func refusals() throws {
    let folder = TemporaryDirectory()
    let known = try knownNames()
    let cases = try cases("errors.json").filter { example in
      names(of: example).isSubset(of: known)
        || example["expected"]?["refused"]?.string == "unknown_objective"
    }
    try #require(cases.count >= 30)
    for example in cases {
      try write([example], to: folder)
      let outcome = try evaluate(folder)
      let id = try #require(example.string("id"))
      #expect(outcome.code == 65, "\(id): \(outcome)")
      #expect(outcome.output.isEmpty, "\(id)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(id): \(outcome.errors)")
      #expect(outcome.errors.contains(id), "\(id): \(outcome.errors)")
      for word in example["expected"]?["mentions"]?.list ?? [] {
        #expect(outcome.errors.contains(word.string ?? "?"), "\(id): \(outcome.errors)")
      }
    }
  }

  @Test func resultsAreWrittenWholeOrNotAtAll() throws {
    let folder = TemporaryDirectory()
    let good = try cases("reward-pairwise.json").filter { name(of: $0) == "bradley_terry" }
    let bad = try cases("errors.json").filter { name(of: $0) == "bradley_terry" }
    try write(good + bad, to: folder)
    let outcome = try evaluate(folder, ["--output", "out.json"])
    #expect(outcome.code == 65)
    #expect(!folder.exists("out.json"))
  }

  // MARK: Cases

  private func cases(_ file: String) throws -> [JSONObject] {
    let path = try #require(Program.shared) + "/objectives/" + file
    let limits = JSONLimits(allowsOverflow: true)
    let node = try JSON.parse(try FileAccess.read(path, limit: 1 << 28), limits: limits)
    return JSONObject(node).list("cases").map { JSONObject($0) }
  }

  private func name(of example: JSONObject) -> String? { example["objective"]?["name"]?.string }

  /// The names in an objective, which may be a list of them.
  private func names(of example: JSONObject) -> Set<String> {
    let parts = example["objective"]?.list ?? example["objective"].map { [$0] } ?? []
    return Set(parts.map { $0["name"]?.string ?? "" })
  }

  /// The objectives that the program has.
  private func knownNames() throws -> Set<String> {
    let outcome = try Program.run(["objective", "list", "--json"], in: TemporaryDirectory())
    let list = try JSON.parse(Array(outcome.output.utf8)).list ?? []
    return Set(list.compactMap { $0["name"]?.string })
  }

  private func write(_ cases: [JSONObject], to folder: TemporaryDirectory) throws {
    var writer = JSONWriter()
    let stripped = cases.map { example in
      let kept = ["id", "objective", "inputs"].compactMap { key in
        example[key].map { ConfigNode.Entry(key: key, value: $0) }
      }
      return ConfigNode(.table(kept))
    }
    writer.write(
      ConfigNode(.table([ConfigNode.Entry(key: "cases", value: ConfigNode(.list(stripped)))])))
    try folder.write("cases.json", writer.bytes)
  }

  private func evaluate(_ folder: TemporaryDirectory, _ more: [String] = []) throws -> Outcome {
    try Program.run(["objective", "evaluate", "--input", "cases.json"] + more, in: folder)
  }
}
