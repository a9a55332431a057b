internal import PairwiseConfig
internal import PairwiseData

/// A GGUF file read as the Hugging Face model it was made from: its `config.json` and its tensors' names.
struct GGUFModel {
  let file: GGUFFile
  let architecture: GGUFArchitecture

  init(_ file: GGUFFile) throws(DataError) {
    self.file = file
    let name = file["general.architecture"]?.string ?? ""
    guard let architecture = GGUFArchitecture(rawValue: name) else {
      let known = GGUFArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
      throw DataError(
        .invalid, file: file.path, place: "general.architecture",
        "'\(name)' is not supported, expected one of \(known)")
    }
    self.architecture = architecture
  }

  /// The tensors under Hugging Face's names and in its layout.
  func weights() throws(DataError) -> RenamedWeights {
    let (heads, keyHeads) = try (heads(), keyHeads())
    let entries = file.names.filter { $0 != GGUFModel.rotaryFactors }.map { name in
      RenamedWeights.Entry(
        name: architecture.name(of: name) ?? name, source: name,
        layout: architecture.layout(of: name, heads: heads, keyHeads: keyHeads))
    }
    return try RenamedWeights(file, entries)
  }

  /// Correction factors of the rotary frequencies, which a config says in words.
  static let rotaryFactors = "rope_freqs.weight"

  // MARK: Metadata

  func failure(_ key: String, _ message: String) -> DataError {
    DataError(.invalid, file: file.path, place: "metadata '\(key)'", message)
  }

  func key(_ name: String) -> String { "\(architecture.rawValue).\(name)" }

  func heads() throws(DataError) -> Int { try required("attention.head_count") }

  func keyHeads() throws(DataError) -> Int {
    let heads = try heads()
    let keyHeads = try size("attention.head_count_kv") ?? heads
    guard heads % keyHeads == 0 else {
      throw failure(
        key("attention.head_count_kv"), "\(keyHeads) does not divide the \(heads) heads")
    }
    return keyHeads
  }

  func required(_ name: String) throws(DataError) -> Int {
    guard let value = try size(name) else {
      throw DataError(.invalid, file: file.path, "metadata '\(key(name))' is missing")
    }
    return value
  }

  /// A size ≥ 1; a list, as some files have one for each layer, has to repeat one value.
  func size(_ name: String) throws(DataError) -> Int? {
    guard let value = file[key(name)] else { return nil }
    let items = value.array ?? [value]
    guard let first = items.first, items.allSatisfy({ $0 == first }) else {
      throw failure(key(name), "layers of different sizes are not supported")
    }
    guard let number = first.integer, (1...Int(Int32.max)).contains(number) else {
      throw failure(key(name), "expected a whole number from 1 to \(Int32.max)")
    }
    return number
  }

  /// A finite number > 0, as the shortest decimal of what was stored.
  func number(_ name: String) throws(DataError) -> Double? {
    guard let value = file[key(name)] else { return nil }
    let number: Double? =
      switch value {
      case .float(let value): Double(value.description)
      case .double(let value): value
      default: value.integer.map(Double.init)
      }
    guard let number, number.isFinite, number > 0 else {
      throw failure(key(name), "expected a number > 0")
    }
    return number
  }
}
