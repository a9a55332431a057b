import Glibc
import PairwiseData
import PairwiseTestSupport
import Testing

/// Damaged and hostile data files through every command that reads data: a documented exit code, one
/// sentence, bounded memory, never a signal.
@Suite(.enabled(if: Program.isBuilt), .serialized)
struct HostileDataTests {
  private let folder = TemporaryDirectory()

  /// What a program with nothing to do needs is about 30 MiB; one line may take 16 MiB in a few copies.
  static let memory = 160 << 20

  /// Runs a command that must refuse its input.
  static func refuse(
    _ arguments: [String], in folder: TemporaryDirectory, code: Set<Int32> = [65],
    _ comment: String, location: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    let outcome = try Program.run(arguments, in: folder, timeout: 60)
    let what = "\(comment), \(arguments.joined(separator: " ")): \(outcome)"
    #expect(outcome.code.map(code.contains) == true, "\(what)", sourceLocation: location)
    #expect(outcome.errorLines.count == 1, "\(what)", sourceLocation: location)
    #expect(outcome.peakBytes < memory, "\(what)", sourceLocation: location)
    return outcome
  }

  /// The commands that read data, on one file.
  private func readers(_ data: String) throws -> [[String]] {
    try folder.write("config.yaml", Recipe(data: data).yaml)
    return [
      ["train", "config.yaml", "--overwrite"],
      ["data", "inspect", data], ["data", "validate", data],
      ["score", "--model", "model", "--input", data, "--output", "out.jsonl"],
      ["evaluate", "--model", "model", "--data", data],
    ]
  }

  private func trainModel() throws {
    try folder.synthesize(pairs: 60, features: 16)
    let outcome = try folder.train(Recipe(data: "pairs.h5", ["trainer.max_steps": "2"]))
    try #require(outcome.code == 0, "\(outcome)")
    try FileAccess.rename(folder.file("runs/run/final"), to: folder.file("model"))
  }

  // MARK: HDF5

  @Test func everyHostileHDF5File() throws {
    try trainModel()
    for example in HDF5Corpus.cases {
      try example.write(folder.file("bad.h5"))
      for arguments in try readers("bad.h5") {
        let outcome = try HostileDataTests.refuse(arguments, in: folder, example.name)
        #expect(outcome.errors.contains(example.message), "\(example.name): \(outcome.errors)")
      }
      FileAccess.remove(folder.file("bad.h5"))
    }
  }

  @Test func truncatedHDF5() throws {
    try trainModel()
    let good = try folder.bytes("pairs.h5")
    for share in [0.0, 0.001, 0.1, 0.5, 0.9, 0.999] {
      try folder.write("bad.h5", Array(good.prefix(Int(Double(good.count) * share))))
      for arguments in try readers("bad.h5") {
        _ = try HostileDataTests.refuse(arguments, in: folder, "cut to \(share)")
      }
    }
  }

  @Test func flippedBitsInHDF5() throws {
    try trainModel()
    let good = try folder.bytes("pairs.h5")
    var random = SplitMix(seed: 21)
    for _ in 0..<24 {
      var bad = good
      let position = Int.random(in: 0..<good.count, using: &random)
      bad[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try folder.write("bad.h5", bad)
      // Plain numbers carry no checksum: there a flipped bit is another number.
      for arguments in try readers("bad.h5").suffix(2) {
        let outcome = try Program.run(arguments, in: folder, timeout: 60)
        #expect([0, 65].contains(outcome.code), "byte \(position): \(outcome)")
        #expect(outcome.errorLines.count == (outcome.code == 0 ? 0 : 1), "byte \(position)")
        #expect(outcome.peakBytes < HostileDataTests.memory, "byte \(position)")
      }
    }
  }

  // MARK: Models

  @Test func damagedModels() throws {
    try trainModel()
    let arguments = ["score", "--model", "model", "--input", "pairs.h5", "--output", "out.jsonl"]
    for name in ["model.safetensors", "config.json"] {
      let good = try folder.bytes("model/" + name)
      for share in [0.0, 0.3, 0.9] {
        try folder.write("model/" + name, Array(good.prefix(Int(Double(good.count) * share))))
        _ = try HostileDataTests.refuse(arguments, in: folder, "\(name) cut to \(share)")
      }
      for position in stride(from: 0, to: min(good.count, 160), by: 5) {
        var bad = good
        bad[position] ^= 0x24
        try folder.write("model/" + name, bad)
        let outcome = try Program.run(arguments, in: folder)
        #expect([0, 65].contains(outcome.code), "\(name) byte \(position): \(outcome)")
        #expect(outcome.peakBytes < HostileDataTests.memory)
      }
      try folder.write("model/" + name, good)
    }
    let header =
      "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1099511627776,1099511627776],"
      + "\"data_offsets\":[0,64]}}"
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    try folder.write(
      "model/model.safetensors", length + Array(header.utf8) + [UInt8](repeating: 0, count: 64))
    _ = try HostileDataTests.refuse(arguments, in: folder, "a huge shape")
    try folder.write("model/model.safetensors", [UInt8](repeating: 0xFF, count: 64))
    _ = try HostileDataTests.refuse(arguments, in: folder, "a huge header")
  }

  // MARK: Text

  @Test(arguments: [
    ("invalid UTF-8", "{\"chosen\": \"a\u{1}\", \"rejected\": \"b\"}"),
    ("no object", "[1, 2]"),
    ("half an object", "{\"chosen\": \"a\", \"rejec"),
    ("numbers for texts", "{\"chosen\": 1, \"rejected\": 2}"),
    ("a number beyond all", "{\"chosen\": \"a\", \"rejected\": \"b\", \"margin\": 1e999}"),
    ("the same key twice", "{\"chosen\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}"),
    ("an unpaired surrogate", "{\"chosen\": \"\\ud800\", \"rejected\": \"b\"}"),
  ])
  func malformedLines(_ name: String, _ line: String) throws {
    var bytes = Array("{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}\n".utf8)
    // The control character stands for a byte that is not UTF-8, which a literal cannot hold.
    bytes += Array((line + "\n").utf8).map { $0 == 1 ? 0xFF : $0 }
    try folder.write("bad.jsonl", bytes)
    var recipe = Recipe(data: "bad.jsonl")
    recipe["model.kind"] = "text_hash"
    try folder.write("config.yaml", recipe.yaml)
    for arguments in [
      ["train", "config.yaml", "--overwrite"], ["data", "validate", "bad.jsonl"],
      ["data", "import", "bad.jsonl", "--output", "out.h5"],
    ] {
      let outcome = try HostileDataTests.refuse(arguments, in: folder, name)
      #expect(outcome.errors.contains("bad.jsonl"))
    }
    #expect(!folder.exists("out.h5"))
  }

  @Test func deepJSON() throws {
    let deep = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
    try folder.write("bad.jsonl", "{\"chosen\": \(deep), \"rejected\": \"b\"}\n")
    for arguments in [
      ["data", "import", "bad.jsonl", "--output", "out.h5"], ["data", "inspect", "bad.jsonl"],
      ["data", "validate", "bad.jsonl"],
    ] { _ = try HostileDataTests.refuse(arguments, in: folder, "deep JSON") }
  }

  /// 100 MB in one line: streamed, never held.
  @Test func aLongLine() throws {
    let path = folder.file("long.jsonl")
    let made = try Program.shell(
      "{ printf '{\"chosen\": \"'; head -c 100000000 /dev/zero | tr '\\0' a; "
        + "printf '\", \"rejected\": \"b\"}\\n'; } > long.jsonl", in: folder)
    try #require(made.code == 0 && FileAccess.size(path) ?? 0 > 100_000_000, "\(made)")
    var recipe = Recipe(data: "long.jsonl")
    recipe["model.kind"] = "text_hash"
    try folder.write("config.yaml", recipe.yaml)
    for arguments in [
      ["train", "config.yaml"], ["data", "import", "long.jsonl", "--output", "out.h5"],
      ["data", "inspect", "long.jsonl"], ["data", "validate", "long.jsonl"],
    ] {
      let outcome = try HostileDataTests.refuse(arguments, in: folder, "a long line")
      #expect(outcome.peakBytes > 16 << 20, "the peak was not seen")
    }
  }

  // MARK: Things that are no files

  @Test(arguments: ["jsonl", "csv", "h5"])
  func foldersDevicesAndEmptyFiles(_ ending: String) throws {
    try trainModel()
    try FileAccess.createFolder(folder.file("folder.\(ending)"))
    unsafe symlink("/dev/zero", folder.file("zero.\(ending)"))
    unsafe mkfifo(folder.file("pipe.\(ending)"), 0o600)
    unsafe symlink("missing", folder.file("nowhere.\(ending)"))
    try folder.write("empty.\(ending)", "")
    for name in ["folder", "zero", "pipe", "nowhere", "empty"] {
      for arguments in try readers("\(name).\(ending)") {
        _ = try HostileDataTests.refuse(arguments, in: folder, code: [65, 66], name)
      }
      let importing = [
        "data", "import", "\(name).\(ending)", "--output", "out.h5", "--on-invalid", "drop",
      ]
      _ = try HostileDataTests.refuse(importing, in: folder, code: [65, 66], name)
    }
  }
}
